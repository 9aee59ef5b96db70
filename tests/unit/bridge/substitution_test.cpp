#include "bridge/substitution.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace rialto::bridge;

namespace {

std::optional<std::string> environment(const std::string& name) {
    if (name == "USER") return "rialto";
    if (name == "PASSWORD") return "p@ss/w:rd#1";
    if (name == "EMPTY") return "";
    return std::nullopt;
}

std::string replaced(std::string_view text) {
    const auto result = substitute(text, environment);
    if (result.has_value()) return *result;
    return std::to_string(result.error().offset) + "+" + std::to_string(result.error().size) + ": " + result.error().message;
}

}  // namespace

TEST_CASE("a variable's value takes its place") {
    CHECK(replaced("hello ${USER}!") == "hello rialto!");
    CHECK(replaced("${USER}${USER}") == "rialtorialto");
    CHECK(replaced("[${EMPTY}]") == "[]");
    CHECK(replaced("no $USER here") == "no $USER here");
}

TEST_CASE("a doubled dollar is a literal one") { CHECK(replaced("$${USER} and ${USER}") == "${USER} and rialto"); }

TEST_CASE("any password works in an address") {
    CHECK(replaced("mqtt://${USER}:${PASSWORD}@host:1") == "mqtt://rialto:p%40ss%2Fw%3Ard%231@host:1");
    CHECK(replaced("mqtt://host/${PASSWORD}") == "mqtt://host/p@ss/w:rd#1");
    CHECK(replaced("${PASSWORD}") == "p@ss/w:rd#1");
}

TEST_CASE("what can't be replaced is told with its place") {
    CHECK(replaced("ab ${MISSING} c") == "3+10: the environment has no variable 'MISSING'");
    CHECK(replaced("ab ${USER") == "3+6: '${' without its '}'");
    CHECK(replaced("${}") == "0+3: '${}' names no variable");
    CHECK(replaced("${file:/nowhere/at/all}") == "0+23: can't read the file '/nowhere/at/all'");
}

TEST_CASE("a file's content takes its place, without the line end that editors add") {
    const auto path = std::filesystem::temp_directory_path() / ("rialto-secret-" + std::to_string(::getpid()));
    std::ofstream(path) << "s@cret\n";
    CHECK(replaced("${file:" + path.string() + "}") == "s@cret");
    CHECK(replaced("mqtt://u:${file:" + path.string() + "}@host") == "mqtt://u:s%40cret@host");
    std::filesystem::remove(path);
}
