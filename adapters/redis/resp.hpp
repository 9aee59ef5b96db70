#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <span>
#include <string_view>

#include "core/bytes.hpp"
#include "core/calls.hpp"
#include "core/error.hpp"

/// The Redis serialization protocol, version 2, by hiredis: commands to bytes, bytes to replies. No sockets.
namespace rialto::redis {

/// The largest string that Redis takes or sends. @source redis.conf, proto-max-bulk-len
inline constexpr std::size_t max_bulk_size = 512UL * 1024 * 1024;

using Reply = std::unique_ptr<redisReply, Calls<freeReplyObject>>;

/// The text of a string, status or error reply; empty for others.
std::string_view text_of(const redisReply& reply) noexcept;
inline bool is_error(const redisReply& reply) noexcept { return reply.type == REDIS_REPLY_ERROR; }
/// The elements of an array; none for others.
std::span<redisReply* const> elements_of(const redisReply& reply) noexcept;

/// Takes received bytes and gives whole replies. Lives on: one thread.
class ReplyReader {
public:
    ReplyReader();

    void feed(ByteView bytes);
    /// The next whole reply; null where more bytes are needed. @error protocol  what came is no RESP; nothing follows
    Result<Reply> next();

private:
    std::unique_ptr<redisReader, Calls<redisReaderFree>> reader_;
};

/// One command as bytes.
class Command {
public:
    explicit Command(std::span<const std::string_view> words);
    ~Command() { redisFreeCommand(bytes_); }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    ByteView bytes() const noexcept { return as_bytes({bytes_, size_}); }

private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace rialto::redis
