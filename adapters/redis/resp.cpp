#include "adapters/redis/resp.hpp"

#include <new>
#include <vector>

namespace rialto::redis {

std::string_view text_of(const redisReply& reply) noexcept {
    switch (reply.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_ERROR: return {reply.str, reply.len};
        default: return {};
    }
}

std::span<redisReply* const> elements_of(const redisReply& reply) noexcept {
    if (reply.type != REDIS_REPLY_ARRAY) return {};
    return {reply.element, reply.elements};
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
    if (!reader_) throw std::bad_alloc();
}

void ReplyReader::feed(ByteView bytes) {
    const std::string_view text = as_text(bytes);
    redisReaderFeed(reader_.get(), text.data(), text.size());  // what goes wrong in here, next() tells
}

Result<Reply> ReplyReader::next() {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
        return fail(Errc::protocol, std::string("what came is not Redis: ") + reader_->errstr);
    }
    // A string of more than Redis itself allows would be buffered for ever.
    if (!reply && reader_->len - reader_->pos > max_bulk_size + 64 * 1024) {
        return fail(Errc::protocol, "a reply of more than 512 MB");
    }
    return Reply(static_cast<redisReply*>(reply));
}

Command::Command(std::span<const std::string_view> words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    const int size = redisFormatCommandArgv(&bytes_, static_cast<int>(words.size()), starts.data(), sizes.data());
    if (size < 0) throw std::bad_alloc();
    size_ = static_cast<std::size_t>(size);
}

}  // namespace rialto::redis
