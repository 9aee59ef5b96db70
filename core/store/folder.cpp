#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <system_error>

#include "core/store/engine.hpp"

namespace rialto::store {
namespace {

constexpr std::size_t megabyte = 1024 * 1024;

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

/// How far the log was synced, in a file beside it: a log that ends before that has lost something, which it can't tell itself.
/// It is written without a sync, so after a power cut it may say too little, never too much.
class SyncedMark {
public:
    explicit SyncedMark(const std::string& folder) : path_(folder + "/SYNCED") {}
    ~SyncedMark() {
        if (file_ >= 0) ::close(file_);
    }
    SyncedMark(const SyncedMark&) = delete;
    SyncedMark& operator=(const SyncedMark&) = delete;

    /// 0 where it says nothing: the file is new, or damaged itself.
    Result<std::uint64_t> open() {
        file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        if (file_ < 0) return fail(Errc::invalid, "'" + path_ + "': " + std::generic_category().message(errno));
        std::array<char, 64> text{};
        const auto size = ::pread(file_, text.data(), text.size(), 0);
        if (size != width) return std::uint64_t{0};
        std::uint64_t number = 0;
        std::uint64_t again = 0;
        std::from_chars(text.data(), text.data() + digits, number);
        std::from_chars(text.data() + digits + 1, text.data() + width, again);
        return number == ~again ? number : 0;
    }

    void write(std::uint64_t number) noexcept {
        std::array<char, width + 1> text{};
        std::snprintf(text.data(), text.size(), "%020llu %020llu\n", static_cast<unsigned long long>(number),
                      static_cast<unsigned long long>(~number));
        static_cast<void>(::pwrite(file_, text.data(), width, 0) == width);  // it only says less where this fails
    }

private:
    static constexpr int digits = 20;
    static constexpr int width = 2 * digits + 2;

    std::string path_;
    int file_ = -1;
};

class Folder final : public Engine {
public:
    explicit Folder(std::string path) : path_(std::move(path)), mark_(path_) {}

    Result<void> open() {
        std::error_code error;
        std::filesystem::create_directories(path_, error);
        if (error) return fail(Errc::invalid, "'" + path_ + "' can't be made: " + error.message());
        ::chmod(path_.c_str(), 0750);
        auto mark = mark_.open();
        if (mark.has_error()) return mark.error();
        if (const auto opened = open_database(); !opened) return opened.error();
        const std::uint64_t reached = db_->GetLatestSequenceNumber();
        if (reached < *mark) {
            return fail(Errc::invalid, "'" + path_ + "' is damaged: its log ends at " + std::to_string(reached) + ", and " +
                                           std::to_string(*mark) + " was safe already. " + advice());
        }
        mark_.write(reached);
        return {};
    }

    Result<void> write(std::span<const Batch> batches) override {
        rocksdb::WriteBatch all;
        Collector collector{all};
        for (const Batch& batch : batches) batch.replay(collector);
        rocksdb::WriteOptions durable;
        durable.sync = true;
        if (has_failed_) {
            if (const auto recovered = recover(); !recovered) return recovered.error();
        }
        const auto status = db_->Write(durable, &all);
        has_failed_ = !status.ok();
        if (has_failed_) return fail(Errc::unreachable, status.ToString());
        mark_.write(db_->GetLatestSequenceNumber());
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

    Result<void> open_database() {
        rocksdb::DB* opened = nullptr;
        const auto status = rocksdb::DB::Open(options_for_folder(), path_, &opened);
        db_.reset(opened);
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
    std::shared_mutex reopening_;  ///< held alone while the database is closed and opened again
    std::unique_ptr<rocksdb::DB> db_;
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
