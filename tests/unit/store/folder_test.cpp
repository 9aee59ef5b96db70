#include <doctest/doctest.h>

#include <fstream>
#include <random>

#include "core/store/engine.hpp"
#include "core/store/keys.hpp"
#include "tests/unit/store/fixtures.hpp"

using namespace rialto;
using namespace rialto::store;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<Engine> opened(const fs::path& path) {
    auto engine = open_folder(path.string());
    REQUIRE(engine);
    return *std::move(engine);
}

void put(Engine& engine, std::string_view key, std::string_view value) {
    Batch batch;
    batch.put(key, value);
    REQUIRE(engine.write({&batch, 1}));
}

std::string all(Engine& engine) {
    std::string out;
    REQUIRE(engine.read("a", "z", [&](std::string_view key, std::string_view value) {
        out.append(key).append("=").append(value).append(" ");
        return true;
    }));
    return out;
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.file_size() != 0) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void flip_a_bit(const fs::path& file, std::uint64_t at, unsigned bit) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char c = static_cast<char>(stream.get());
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(c ^ (1 << bit)));
}

}  // namespace

TEST_CASE("what was written is there in order when the folder is opened again") {
    const test::TemporaryFolder folder;
    {
        const auto engine = opened(folder.path / "new" / "one");
        put(*engine, "b", "2");
        put(*engine, "a", "1");
        put(*engine, "c", "3");
        Batch batch;
        batch.erase("a");
        batch.put("d", "4");
        batch.erase_range("b", "c");
        REQUIRE(engine->write({&batch, 1}));
    }
    const auto engine = opened(folder.path / "new" / "one");
    CHECK(all(*engine) == "c=3 d=4 ");
    CHECK(engine->find("c").value() == "3");
    CHECK_FALSE(engine->find("a").value().has_value());
    CHECK(engine->last_key("a", "d").value() == "c");
    CHECK_FALSE(engine->last_key("a", "b").value().has_value());
}

TEST_CASE("a folder that somebody has open is refused with a reason") {
    const test::TemporaryFolder folder;
    const auto engine = opened(folder.path);
    const auto second = open_folder(folder.path.string());
    REQUIRE(second.has_error());
    CHECK(second.error().message.find("in use") != std::string::npos);
}

TEST_CASE("a folder of the version before is taken, and is of the new one from then on") {
    const test::TemporaryFolder folder;
    const Bytes key = Key(Table::about).text("format").take();
    put(*opened(folder.path), key, "1");
    CHECK(*opened(folder.path)->find(key).value() == "2");
}

TEST_CASE("a folder of a newer version is refused with a reason") {
    const test::TemporaryFolder folder;
    put(*opened(folder.path), Key(Table::about).text("format").take(), "99");
    const auto again = open_folder(folder.path.string());
    REQUIRE(again.has_error());
    CHECK(again.error().message.find("format 99") != std::string::npos);
}

// Everything is committed before the damage. So either all is there, or the folder is refused, or reading says that it is damaged.
TEST_CASE("a folder that was cut or changed anywhere has all that was committed, or is refused") {
    const test::TemporaryFolder folder;
    const fs::path sound = folder.path / "sound";
    std::string expected;
    {
        const auto engine = opened(sound);
        for (int i = 100; i < 200; ++i) {
            put(*engine, "k" + std::to_string(i), std::string(50, static_cast<char>('a' + i % 26)));
        }
        expected = all(*engine);
    }
    std::mt19937 random(7);
    const auto below = [&](std::uintmax_t bound) { return std::uniform_int_distribution<std::uintmax_t>(0, bound - 1)(random); };
    int refused = 0;
    int recovered = 0;
    for (int i = 0; i < 150; ++i) {
        const fs::path damaged = folder.path / ("damaged" + std::to_string(i));
        fs::copy(sound, damaged, fs::copy_options::recursive);
        const auto files = files_in(damaged);
        const fs::path& file = files[below(files.size())];
        const auto at = below(fs::file_size(file));
        CAPTURE(file.filename().string());
        CAPTURE(at);
        if (below(2) == 0) {
            fs::resize_file(file, at);
        } else {
            flip_a_bit(file, at, static_cast<unsigned>(below(8)));
        }
        auto engine = open_folder(damaged.string());
        if (engine.has_error()) {
            ++refused;
            CHECK(engine.error().message.find(damaged.string()) != std::string::npos);
        } else {
            std::string found;
            const auto read = (*engine)->read("a", "z", [&](std::string_view key, std::string_view value) {
                found.append(key).append("=").append(value).append(" ");
                return true;
            });
            if (read) CHECK(found == expected);
            ++(read ? recovered : refused);
        }
        fs::remove_all(damaged);
    }
    CHECK(refused > 10);
    CHECK(recovered > 10);
}

// To RocksDB a list of tables that ends early is one that a power cut has torn: it would forget the tables behind.
TEST_CASE("a folder whose list of tables was cut or changed is refused or whole") {
    const test::TemporaryFolder folder;
    const fs::path sound = folder.path / "sound";
    for (int round = 0; round < 3; ++round) {  // each start writes what the log has to a table
        const auto engine = opened(sound);
        for (int i = 0; i < 10; ++i) put(*engine, "k" + std::to_string(round) + std::to_string(i), "value");
    }
    const std::string expected = all(*opened(sound));
    fs::path list;
    for (const fs::path& file : files_in(sound)) {
        if (file.filename().string().starts_with("MANIFEST")) list = file.filename();
    }
    int refused = 0;
    const auto try_it = [&](const fs::path& damaged) {
        auto engine = open_folder(damaged.string());
        if (engine) CHECK(all(**engine) == expected);
        refused += engine ? 0 : 1;
        engine = fail(Errc::closed, "done");
        fs::remove_all(damaged);
    };
    const auto size = fs::file_size(sound / list);
    for (std::uintmax_t at = 0; at < size; at += 5) {
        const fs::path damaged = folder.path / "damaged";
        fs::copy(sound, damaged, fs::copy_options::recursive);
        CAPTURE(at);
        if (at % 2 == 0) {
            fs::resize_file(damaged / list, at);
        } else {
            flip_a_bit(damaged / list, at, static_cast<unsigned>(at % 8));
        }
        try_it(damaged);
    }
    CHECK(refused > 10);
}
