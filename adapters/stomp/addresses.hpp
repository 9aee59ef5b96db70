#pragma once

#include "adapters/stomp/dialect.hpp"
#include "core/error.hpp"
#include "core/topic.hpp"

#include <string>
#include <string_view>

namespace rialto::stomp {

/// How topics are called at one broker: a prefix, and the topic in the broker's form. Immutable.
class Addresses {
public:
    explicit Addresses(const Dialect& dialect) : Addresses(dialect, std::string(dialect.prefix), dialect.form) {}
    /// Where the user has said otherwise. `dialect` lives for ever.
    Addresses(const Dialect& dialect, std::string prefix, DottedForm form)
        : dialect_(&dialect), prefix_(std::move(prefix)), form_(form) {}

    [[nodiscard]] const Dialect& dialect() const noexcept { return *dialect_; }
    /// Whether the names are queues, which keep messages by themselves.
    [[nodiscard]] bool are_queues() const noexcept { return prefix_.find("queue") != std::string::npos; }
    /// Whether the broker is told that a name is a topic: where neither the prefix says so.
    [[nodiscard]] bool need_routing() const noexcept {
        return dialect_->names_routing && !prefix_.starts_with('/') && prefix_.find("://") == std::string::npos;
    }

    /// The `destination` of a SEND.
    [[nodiscard]] std::string destination_of(std::string_view topic) const;
    /// The `destination` of a SUBSCRIBE that brings all that `filter` asks for, and maybe more.
    [[nodiscard]] std::string pattern_of(const TopicFilter& filter) const;
    /// Whether the topic can't be read back from its name.
    [[nodiscard]] bool shortens(std::string_view topic) const;
    /// What the `destination` of a MESSAGE names. @error invalid  something else than a topic
    [[nodiscard]] Result<std::string> topic_of(std::string_view destination) const;
    /// The same of an address that the broker passes on as it was written: that of `reply-to`.
    [[nodiscard]] Result<std::string> topic_written(std::string_view address) const;

private:
    const Dialect* dialect_;
    std::string prefix_;
    DottedForm form_;
};

}  // namespace rialto::stomp
