#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::bridge {

/// How many letters have to be put in, left out, changed or swapped with their neighbour (each place once) to make one
/// word of the other: the optimal string alignment distance.
std::size_t typing_distance(std::string_view a, std::string_view b);

/// "did you mean 'backends'?", where one of `known` is near enough to `word`; empty otherwise.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace rialto::bridge
