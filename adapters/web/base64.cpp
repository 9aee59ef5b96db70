#include "adapters/web/base64.hpp"

#include <openssl/evp.h>

namespace rialto::web {

void append_base64(Bytes& out, ByteView bytes) {
    const std::size_t begin = out.size();
    out.resize(begin + (bytes.size() + 2) / 3 * 4 + 1);  // OpenSSL writes a NUL behind it
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + begin), bytes.data(),
                                     static_cast<int>(bytes.size()));
    out.resize(begin + static_cast<std::size_t>(size));
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    if (text.substr(0, text.size() - padding).find_first_of("= \t\r\n") != std::string_view::npos) return std::nullopt;
    Bytes bytes(text.size() / 4 * 3, '\0');
    const auto source = as_bytes(text);
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), source.data(), static_cast<int>(source.size()));
    if (size < 0) return std::nullopt;
    bytes.resize(bytes.size() - padding);
    return bytes;
}

}  // namespace rialto::web
