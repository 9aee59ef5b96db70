#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <shared_mutex>
#include <system_error>

#include "core/store/engine.hpp"

namespace rialto::store {
namespace {

constexpr std::size_t megabyte = 1024 * 1024;
constexpr std::size_t kept_at_most = 8 * megabyte;  // of a write's octets, for the next one

std::string_view view(const rocksdb::Slice& slice) noexcept { return {slice.data(), slice.size()}; }
rocksdb::Slice slice(std::string_view text) noexcept { return {text.data(), text.size()}; }

rocksdb::Options options_for_folder() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.paranoid_checks = true;
    // What a power cut leaves of the last write at the end of a log is no damage; anything else is, and is refused.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.write_buffer_size = 32 * megabyte;
    options.max_write_buffer_number = 3;
    options.max_total_wal_size = 256 * megabyte;
    options.max_background_jobs = 2;
    options.max_open_files = 256;
    options.keep_log_file_num = 2;
    options.max_log_file_size = megabyte;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.bytes_per_sync = megabyte;
    options.compression = rocksdb::kLZ4Compression;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(16 * megabyte);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

/// What is known to be on the disk: how far the log reaches, and the library's list of its tables. Neither can tell by itself
/// that its end is missing: to the library that looks like a write that a power cut has torn.
struct Synced {
    std::uint64_t sequence = 0;
    std::uint64_t manifest = 0;  ///< the number in its name; 0: nothing is known of it
    std::uint64_t size = 0;      ///< octets of it
    std::uint32_t checksum = 0;  ///< of those
};

/// The library's list of tables, which only grows under one name.
class Manifest {
public:
    explicit Manifest(std::string folder) : folder_(std::move(folder)) {}

    /// The number of the one in use; 0 where there is none.
    std::uint64_t number() const {
        std::string name;
        std::ifstream(folder_ + "/CURRENT") >> name;
        std::uint64_t number = 0;
        if (name.starts_with(prefix)) std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
        return number;
    }

    /// After the database was opened: another one is in use from now on.
    void began() { found_ = {.manifest = number()}; }

    /// Puts size and checksum into `synced`, of what is on the disk for sure. Costs a look, where nothing was added since.
    void describe(Synced& synced) {
        if (found_.manifest == 0) return;
        struct stat now{};
        const bool grew = ::stat(path_of(found_.manifest).c_str(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) != found_.size;
        if (grew) found_ = read(found_.manifest, static_cast<std::uint64_t>(now.st_size));
        synced.manifest = found_.manifest;
        synced.size = found_.size;
        synced.checksum = found_.checksum;
    }

    /// Whether it still begins with all that was there then. One that is not in use any more is nobody's concern.
    bool has_all_of(const Synced& synced) const {
        if (synced.manifest == 0 || synced.manifest != number()) return true;
        const Synced now = read(synced.manifest, synced.size);
        return now.size == synced.size && now.checksum == synced.checksum;
    }

private:
    static constexpr std::string_view prefix = "MANIFEST-";

    std::string path_of(std::uint64_t number) const {
        std::array<char, 32> name{};
        std::snprintf(name.data(), name.size(), "/MANIFEST-%06llu", static_cast<unsigned long long>(number));
        return folder_ + name.data();
    }

    /// Of the first `size` octets at most.
    Synced read(std::uint64_t number, std::uint64_t size) const {
        Synced found{.manifest = number};
        const int file = ::open(path_of(number).c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) return found;
        boost::crc_32_type checksum;
        std::array<char, 65536> block{};
        while (found.size < size) {
            const auto wanted = std::min<std::uint64_t>(block.size(), size - found.size);
            const auto count = ::pread(file, block.data(), wanted, static_cast<off_t>(found.size));
            if (count <= 0) break;
            checksum.process_bytes(block.data(), static_cast<std::size_t>(count));
            found.size += static_cast<std::uint64_t>(count);
        }
        found.checksum = checksum.checksum();
        const bool is_safe = ::fdatasync(file) == 0;
        ::close(file);
        return is_safe ? found : Synced{.manifest = number};
    }

    std::string folder_;
    Synced found_;
};

/// That, in a file of its own. It is written without a sync, so after a power cut it may say too little, never too much.
class SyncedMark {
public:
    explicit SyncedMark(const std::string& folder) : path_(folder + "/SYNCED") {}
    ~SyncedMark() {
        if (file_ >= 0) ::close(file_);
    }
    SyncedMark(const SyncedMark&) = delete;
    SyncedMark& operator=(const SyncedMark&) = delete;

    /// Nothing but zeros where it says nothing: the file is new, or damaged itself.
    Result<Synced> open() {
        file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        if (file_ < 0) return fail(Errc::invalid, "'" + path_ + "': " + std::generic_category().message(errno));
        std::array<char, 2 * width> text{};
        if (::pread(file_, text.data(), text.size(), 0) != width) return Synced();
        const auto number = [&text](int at, int digits, int base) {
            std::uint64_t value = 0;
            std::from_chars(text.data() + at, text.data() + at + digits, value, base);
            return value;
        };
        const Synced said{number(0, 20, 10), number(21, 20, 10), number(42, 20, 10), static_cast<std::uint32_t>(number(63, 8, 16))};
        return text_of(said) == std::string_view(text.data(), width) ? said : Synced();
    }

    void write(const Synced& synced) {
        const std::string text = text_of(synced);
        static_cast<void>(::pwrite(file_, text.data(), text.size(), 0) == width);  // it only says less where this fails
    }

private:
    static constexpr int width = 81;  // four numbers, a checksum of them, and what stands between

    static std::string text_of(const Synced& synced) {
        const auto wide = [](std::uint64_t number) { return static_cast<unsigned long long>(number); };
        std::array<char, width + 1> text{};
        const int length = std::snprintf(text.data(), text.size(), "%020llu %020llu %020llu %08x ", wide(synced.sequence),
                                         wide(synced.manifest), wide(synced.size), synced.checksum);
        boost::crc_32_type checksum;
        checksum.process_bytes(text.data(), static_cast<std::size_t>(length));
        std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length), "%08x\n",
                      static_cast<unsigned>(checksum.checksum()));
        return text.data();
    }

    std::string path_;
    int file_ = -1;
};

class Folder final : public Engine {
public:
    explicit Folder(std::string path) : path_(std::move(path)), mark_(path_), manifest_(path_) {}

    Result<void> open() {
        std::error_code error;
        std::filesystem::create_directories(path_, error);
        if (error) return fail(Errc::invalid, "'" + path_ + "' can't be made: " + error.message());
        ::chmod(path_.c_str(), 0750);
        auto mark = mark_.open();
        if (mark.has_error()) return mark.error();
        if (!manifest_.has_all_of(*mark)) {
            return fail(Errc::invalid, "'" + path_ + "' is damaged: its list of tables is not what it was. " + advice());
        }
        if (const auto opened = open_database(); !opened) return opened.error();
        const std::uint64_t reached = db_->GetLatestSequenceNumber();
        if (reached < mark->sequence) {
            return fail(Errc::invalid, "'" + path_ + "' is damaged: its log ends at " + std::to_string(reached) + ", and " +
                                           std::to_string(mark->sequence) + " was safe already. " + advice());
        }
        write_mark();
        return {};
    }

    Result<void> write(std::span<const Batch> batches) override {
        all_.Clear();
        Collector collector{all_};
        for (const Batch& batch : batches) batch.replay(collector);
        rocksdb::WriteOptions durable;
        durable.sync = true;
        if (has_failed_) {
            if (const auto recovered = recover(); !recovered) return recovered.error();
        }
        const auto status = db_->Write(durable, &all_);
        if (all_.GetDataSize() > kept_at_most) all_ = rocksdb::WriteBatch();
        has_failed_ = !status.ok();
        if (has_failed_) return fail(Errc::unreachable, status.ToString());
        write_mark();
        return {};
    }

    Result<void> read(std::string_view from, std::string_view to, const Visit& visit) override {
        const std::shared_lock lock(reopening_);
        if (!db_) return not_open();
        rocksdb::ReadOptions options;
        const rocksdb::Slice end = slice(to);
        options.iterate_upper_bound = &end;
        const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
        for (at->Seek(slice(from)); at->Valid(); at->Next()) {
            if (!visit(view(at->key()), view(at->value()))) break;
        }
        if (at->status().ok()) return {};
        return damaged(at->status());
    }

    Result<std::optional<Bytes>> find(std::string_view key) override {
        const std::shared_lock lock(reopening_);
        if (!db_) return not_open();
        Bytes value;
        const auto status = db_->Get({}, slice(key), &value);
        if (status.ok()) return std::optional<Bytes>(std::move(value));
        if (status.IsNotFound()) return std::optional<Bytes>();
        return damaged(status);
    }

    Result<std::optional<Bytes>> last_key(std::string_view from, std::string_view to) override {
        const std::shared_lock lock(reopening_);
        if (!db_) return not_open();
        rocksdb::ReadOptions options;
        const rocksdb::Slice begin = slice(from);
        const rocksdb::Slice end = slice(to);
        options.iterate_lower_bound = &begin;
        options.iterate_upper_bound = &end;
        const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
        at->SeekToLast();
        if (!at->status().ok()) return damaged(at->status());
        return at->Valid() ? std::optional<Bytes>(view(at->key())) : std::nullopt;
    }

    std::string place() const override { return path_; }

private:
    struct Collector {
        rocksdb::WriteBatch& all;
        void put(std::string_view key, std::string_view value) { all.Put(slice(key), slice(value)); }
        void erase(std::string_view key) { all.Delete(slice(key)); }
        void erase_range(std::string_view from, std::string_view to) { all.DeleteRange(slice(from), slice(to)); }
    };

    static std::string advice() {
        return "Put back a copy of the folder, or name another one (or move this one away) to begin with an empty store";
    }
    Error damaged(const rocksdb::Status& status) const {
        return fail(Errc::invalid, "'" + path_ + "' can't be read: " + status.ToString() + ". " + advice());
    }
    Error not_open() const { return fail(Errc::unreachable, "'" + path_ + "' is not open"); }

    void write_mark() {
        Synced synced{.sequence = db_->GetLatestSequenceNumber()};
        manifest_.describe(synced);
        mark_.write(synced);
    }

    Result<void> open_database() {
        rocksdb::DB* opened = nullptr;
        const auto status = rocksdb::DB::Open(options_for_folder(), path_, &opened);
        db_.reset(opened);
        if (status.ok()) manifest_.began();
        if (status.ok()) return {};
        if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
            return fail(Errc::invalid, "'" + path_ + "' is in use: another gateway has it open (" + status.ToString() + ")");
        }
        if (status.IsNoSpace() || status.IsIOError()) return fail(Errc::unreachable, "'" + path_ + "': " + status.ToString());
        return damaged(status);
    }

    /// After a failed write the library takes none until it is told that the reason is gone, or is opened anew.
    Result<void> recover() {
        if (db_ && db_->Resume().ok()) return {};
        const std::unique_lock lock(reopening_);
        db_.reset();
        return open_database();
    }

    const std::string path_;
    SyncedMark mark_;
    Manifest manifest_;
    std::shared_mutex reopening_;  ///< held alone while the database is closed and opened again
    std::unique_ptr<rocksdb::DB> db_;
    rocksdb::WriteBatch all_;  ///< of one write; kept for the room that it has
    bool has_failed_ = false;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_folder(const std::string& path) {
    auto folder = std::make_unique<Folder>(path);
    if (const auto opened = folder->open(); !opened) return opened.error();
    if (const auto checked = check_format(*folder); !checked) return checked.error();
    return std::unique_ptr<Engine>(std::move(folder));
}

}  // namespace rialto::store
