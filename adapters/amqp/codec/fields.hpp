#pragma once

#include <optional>
#include <string_view>

#include "adapters/amqp/codec/writer.hpp"

namespace rialto::amqp {

/// The fields of a list section, whose last ones are left out where nothing is to be said.
class Fields {
public:
    Fields(Writer& writer, Section section) : writer_(writer) {
        writer_.described(section);
        list_.emplace(writer_, Compound::Kind::list);
    }
    void skip() noexcept { ++missing_; }
    /// The writer to write one field with.
    Writer& next() {
        for (; missing_ > 0; --missing_) {
            writer_.null();
            list_->count();
        }
        list_->count();
        return writer_;
    }
    void text(std::string_view value) {
        if (value.empty()) return skip();
        next().string(value);
    }
    void symbol(std::string_view value) {
        if (value.empty()) return skip();
        next().symbol(value);
    }
    void id(const Id& value) {
        if (value.index() == 0) return skip();
        next().id(value);
    }
    void time(const std::optional<WallTime>& value) {
        if (!value) return skip();
        next().timestamp(*value);
    }

private:
    Writer& writer_;
    std::optional<Compound> list_;
    int missing_ = 0;
};

}  // namespace rialto::amqp
