#pragma once

#include "core/error.hpp"
#include "core/net/wire.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace rialto::web {

/// A file on its way to a client, a little at a time, so that size does not matter. Lives on: the wire's
/// shard.
class FileTransfer {
public:
    /// @error invalid  the file can't be opened, or is shorter than `size`
    static Result<std::unique_ptr<FileTransfer>> open(const std::string& path, std::uint64_t size);
    ~FileTransfer();
    FileTransfer(const FileTransfer&) = delete;
    FileTransfer& operator=(const FileTransfer&) = delete;

    enum class Progress : std::uint8_t { more, done, broken };
    /// Writes as much as the wire should hold. `broken` where the file has become shorter meanwhile.
    Progress send_some(Wire& wire);

private:
    FileTransfer(int descriptor, std::uint64_t left) : descriptor_(descriptor), left_(left) {}

    int descriptor_;
    std::uint64_t left_;
};

}  // namespace rialto::web
