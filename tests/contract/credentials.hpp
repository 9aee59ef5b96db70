#pragma once

#include <filesystem>
#include <string>

#include "tests/contract/process.hpp"

namespace rialto::contract {

/// A certificate for 127.0.0.1 and localhost that signs itself, made with openssl.
struct Certificate {
    explicit Certificate(const std::filesystem::path& folder)
        : cert((folder / "server.crt").string()), key((folder / "server.key").string()) {
        run_to_end({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", key, "-out", cert});
    }

    std::string cert;
    std::string key;
};

}  // namespace rialto::contract
