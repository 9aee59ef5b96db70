#include "adapters/web/file_transfer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rialto::web {
namespace {

constexpr std::size_t chunk_size = 64 * 1024;
constexpr std::size_t held_by_wire = 256 * 1024;
thread_local std::array<std::uint8_t, chunk_size> chunk;

}  // namespace

Result<std::unique_ptr<FileTransfer>> FileTransfer::open(const std::string& path, std::uint64_t size) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return fail(Errc::invalid, "'" + path + "' can't be read: " + std::strerror(errno));
    std::unique_ptr<FileTransfer> transfer(new FileTransfer(descriptor, size));
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || static_cast<std::uint64_t>(status.st_size) < size) {
        return fail(Errc::invalid, "'" + path + "' has become shorter");
    }
    return transfer;
}

FileTransfer::~FileTransfer() {
    ::close(descriptor_);
}

FileTransfer::Progress FileTransfer::send_some(Wire& wire) {
    while (left_ != 0 && wire.backlog() < held_by_wire) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, chunk.size()));
        const ssize_t size = ::read(descriptor_, chunk.data(), wanted);
        if (size <= 0) return Progress::broken;
        wire.write(ByteView(chunk.data(), static_cast<std::size_t>(size)));
        left_ -= static_cast<std::uint64_t>(size);
    }
    return left_ == 0 ? Progress::done : Progress::more;
}

}  // namespace rialto::web
