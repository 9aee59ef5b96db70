#include "bridge/suggestion.hpp"

#include <algorithm>

namespace rialto::bridge {

std::size_t typing_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> distance(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) distance[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            std::size_t best = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, distance[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = std::min(best, distance[i - 2][j - 2] + 1);
            }
            distance[i][j] = best;
        }
    }
    return distance[a.size()][b.size()];
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t longest_word = 64;  // nobody mistypes more than that
    if (word.size() > longest_word) return {};
    const std::string* best = nullptr;
    // A short word has few letters to be recognised by.
    std::size_t limit = word.size() <= 3 ? 2 : 3;
    for (const std::string& candidate : known) {
        if (candidate.size() > longest_word) continue;
        const std::size_t distance = typing_distance(word, candidate);
        if (distance < limit && distance < candidate.size()) {
            limit = distance;
            best = &candidate;
        }
    }
    return best ? "did you mean '" + *best + "'?" : std::string();
}

}  // namespace rialto::bridge
