#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bridge/builtin_adapters.hpp"
#include "bridge/config.hpp"

using namespace rialto;
using namespace rialto::bridge;

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
}

std::vector<fs::path> files_in(const char* folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(RIALTO_CONFIGS) / folder)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// What reading the file says to somebody in its folder.
std::string mistakes_in(const fs::path& path) {
    static Gateway catalog({"catalog", 1, true});
    if (catalog.adapters().empty()) add_builtin_adapters(catalog);
    fs::current_path(path.parent_path());
    Result<ConfigSource> source = load_config_file(path.filename().string());
    REQUIRE(source.has_value());
    Diagnostics diagnostics;
    read_config(*source, catalog, diagnostics);
    return diagnostics.text();
}

}  // namespace

TEST_CASE("every file of configs/invalid says what its .expected says") {
    const auto files = files_in("invalid");
    REQUIRE(files.size() >= 15);
    for (const fs::path& file : files) {
        CAPTURE(file.filename().string());
        const std::string expected = content(fs::path(file).replace_extension(".expected"));
        CHECK_FALSE(expected.empty());
        CHECK(mistakes_in(file) == expected);
    }
}

TEST_CASE("every other file of configs has no mistake") {
    for (const fs::path& file : files_in("")) {
        CAPTURE(file.filename().string());
        CHECK(mistakes_in(file) == "");
    }
}
