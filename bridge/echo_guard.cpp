#include "bridge/echo_guard.hpp"

#include <openssl/evp.h>

#include <cstring>

namespace rialto::bridge {

void EchoGuard::sent(const Message& message, Instant now) {
    forget_old(now);
    if (order_.size() >= most) forget_oldest();
    const Digest digest = digest_of(message);
    unreturned_[digest].push_back(now);
    order_.push_back({digest, now});
}

bool EchoGuard::is_echo(const Message& message, Instant now) {
    forget_old(now);
    if (unreturned_.empty()) return false;
    const auto found = unreturned_.find(digest_of(message));
    if (found == unreturned_.end()) return false;
    found->second.pop_front();
    if (found->second.empty()) unreturned_.erase(found);
    return true;
}

void EchoGuard::forget_old(Instant now) {
    while (!order_.empty() && order_.front().at + memory < now) forget_oldest();
}

void EchoGuard::forget_oldest() {
    const auto found = unreturned_.find(order_.front().digest);
    if (found != unreturned_.end() && found->second.front() == order_.front().at) {  // its echo never came
        found->second.pop_front();
        if (found->second.empty()) unreturned_.erase(found);
    }
    order_.pop_front();
}

EchoGuard::Digest EchoGuard::digest_of(const Message& message) {
    // A cryptographic digest, because whoever can make two messages collide could make one of them disappear.
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    const auto topic_size = static_cast<std::uint32_t>(message.topic().size());
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_blake2s256(), nullptr);
    EVP_DigestUpdate(context, &topic_size, sizeof topic_size);
    EVP_DigestUpdate(context, message.topic().data(), message.topic().size());
    EVP_DigestUpdate(context, message.payload().data(), message.payload().size());
    EVP_DigestFinal_ex(context, bytes.data(), &size);
    EVP_MD_CTX_free(context);
    Digest digest{};
    std::memcpy(digest.data(), bytes.data(), sizeof digest);
    return digest;
}

}  // namespace rialto::bridge
