#include "adapters/zeromq/interest.hpp"

#include <algorithm>

namespace rialto::zeromq {

void Interest::take(ByteView notice) {
    if (notice.empty() || notice[0] > 1) return;
    const std::string_view prefix = as_text(notice.subspan(1));
    std::size_t& count = prefix.size() < of_size_.size() ? of_size_[prefix.size()] : longer_;
    if (notice[0] == 1) {
        if (prefixes_.emplace(prefix).second) ++count;
    } else if (const auto found = prefixes_.find(prefix); found != prefixes_.end()) {
        prefixes_.erase(found);
        --count;
    }
}

bool Interest::wants(std::string_view first_part) const {
    const std::size_t longest = std::min(first_part.size(), of_size_.size() - 1);
    for (std::size_t size = 0; size <= longest; ++size) {
        if (of_size_[size] != 0 && prefixes_.contains(first_part.substr(0, size))) return true;
    }
    // Rare enough, at lengths that few libraries can subscribe to, to look at every one.
    return longer_ != 0 && std::any_of(prefixes_.begin(), prefixes_.end(), [&](const std::string& prefix) {
               return prefix.size() >= of_size_.size() && first_part.starts_with(prefix);
           });
}

}  // namespace rialto::zeromq
