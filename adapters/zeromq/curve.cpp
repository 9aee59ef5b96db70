#include "adapters/zeromq/curve.hpp"

#include <zmq.h>

#include <array>

namespace rialto::zeromq {
namespace {

constexpr std::size_t key_size = 40;  // of Z85, for 32 bytes
using KeyText = std::array<char, key_size + 1>;

Result<void> check_key(const char* name, const std::string& key) {
    std::array<std::uint8_t, 32> bytes{};
    if (key.size() == key_size && zmq_z85_decode(bytes.data(), key.c_str())) return {};
    return fail(Errc::invalid, "'" + std::string(name) + "' is no key: expected 40 characters of Z85, got " +
                                   std::to_string(key.size()) + (key.size() == key_size ? ", some of which are not" : ""));
}

}  // namespace

Result<Curve> curve_from(const CurveKeys& keys) {
    for (const auto& [name, key] : {std::pair{"public_key", &keys.public_key}, std::pair{"secret_key", &keys.secret_key},
                                    std::pair{"server_key", &keys.server_key}}) {
        if (key->empty()) continue;
        if (const auto sound = check_key(name, *key); !sound) return sound.error();
    }
    if (keys.secret_key.empty() && !keys.public_key.empty()) {
        return fail(Errc::invalid, "'public_key' is given without its 'secret_key'");
    }
    KeyText public_key{};
    KeyText secret_key{};
    if (keys.secret_key.empty()) {
        if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
            return fail(Errc::invalid, "this machine's libzmq is built without CURVE");
        }
        return Curve{public_key.data(), secret_key.data(), keys.server_key, false};
    }
    if (zmq_curve_public(public_key.data(), keys.secret_key.c_str()) != 0) {
        return fail(Errc::invalid, "'secret_key' is no key, or this machine's libzmq is built without CURVE");
    }
    if (!keys.public_key.empty() && keys.public_key != public_key.data()) {
        return fail(Errc::invalid, "'public_key' does not belong to 'secret_key'");
    }
    return Curve{public_key.data(), keys.secret_key, keys.server_key, true};
}

}  // namespace rialto::zeromq
