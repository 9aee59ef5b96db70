#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rialto::redis::streams {

/// A stream that is read, and how far.
struct Stream {
    /// Behind what the group was given last.
    static constexpr std::string_view newest = ">";

    std::shared_ptr<const std::string> key;
    /// The next read is behind this entry of those that are ours already; `newest` once these were read.
    std::string cursor{newest};
    std::string claim_cursor = "0-0";  ///< where the next look for abandoned entries begins

    bool has_own_pending() const noexcept { return cursor != newest; }
};

/// The streams that a source reads, by their keys.
class StreamSet {
public:
    /// @param may_have_own  read what is ours already before anything new
    void add(const std::string& key, bool may_have_own) {
        Stream& stream = streams_[key];
        if (stream.key) return;  // it goes on from where it is
        stream.key = std::make_shared<const std::string>(key);
        if (may_have_own) stream.cursor = "0-0";
    }
    /// Leaves only those that `is_wanted(key)`.
    template <typename IsWanted>
    void keep_if(IsWanted&& is_wanted) {
        std::erase_if(streams_, [&](const auto& stream) { return !is_wanted(stream.first); });
    }
    void clear() noexcept { streams_.clear(); }

    Stream* find(std::string_view key) {
        const auto found = streams_.find(key);
        return found == streams_.end() ? nullptr : &found->second;
    }
    bool contains(std::string_view key) const { return streams_.contains(key); }
    bool empty() const noexcept { return streams_.empty(); }
    std::size_t size() const noexcept { return streams_.size(); }
    bool any_own_pending() const {
        return std::any_of(streams_.begin(), streams_.end(), [](const auto& stream) { return stream.second.has_own_pending(); });
    }

    auto begin() const noexcept { return streams_.begin(); }
    auto end() const noexcept { return streams_.end(); }
    auto begin() noexcept { return streams_.begin(); }
    auto end() noexcept { return streams_.end(); }

private:
    std::map<std::string, Stream, std::less<>> streams_;
};

}  // namespace rialto::redis::streams
