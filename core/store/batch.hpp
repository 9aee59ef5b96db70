#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"

namespace rialto::store {

/// Changes to a store, made in their order, and together with all others of the batch or not at all.
class Batch {
public:
    void put(std::string_view key, std::string_view value) { add(Kind::put, key, value); }
    /// The same with a value that `append(Bytes&)` writes where it is to stand.
    template <typename Append>
    void put_made(std::string_view key, Append&& append) {
        octets_.append(key);
        const std::size_t start = octets_.size();
        append(octets_);
        steps_.push_back({Kind::put, static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(octets_.size() - start)});
    }
    void erase(std::string_view key) { add(Kind::erase, key, {}); }
    /// All keys from `from` on that come before `to`.
    void erase_range(std::string_view from, std::string_view to) { add(Kind::erase_range, from, to); }

    bool empty() const noexcept { return steps_.empty(); }
    std::size_t count() const noexcept { return steps_.size(); }
    /// Octets of keys and values.
    std::size_t size() const noexcept { return octets_.size(); }

    /// Calls `put(key, value)`, `erase(key)` or `erase_range(from, to)` of `taker` for each change, in their order.
    template <typename Taker>
    void replay(Taker&& taker) const {
        std::string_view rest = octets_;
        const auto take = [&rest](std::size_t size) {
            const auto taken = rest.substr(0, size);
            rest.remove_prefix(size);
            return taken;
        };
        for (const Step& step : steps_) {
            const auto first = take(step.first_size);
            const auto second = take(step.second_size);
            switch (step.kind) {
                case Kind::put: taker.put(first, second); break;
                case Kind::erase: taker.erase(first); break;
                case Kind::erase_range: taker.erase_range(first, second); break;
            }
        }
    }

private:
    enum class Kind : std::uint8_t { put, erase, erase_range };
    struct Step {
        Kind kind;
        std::uint32_t first_size;
        std::uint32_t second_size;
    };

    void add(Kind kind, std::string_view first, std::string_view second) {
        steps_.push_back({kind, static_cast<std::uint32_t>(first.size()), static_cast<std::uint32_t>(second.size())});
        octets_.append(first).append(second);
    }

    std::vector<Step> steps_;
    Bytes octets_;
};

}  // namespace rialto::store
