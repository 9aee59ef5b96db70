#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "bridge/config.hpp"

namespace rialto::bridge {

Result<ConfigSource> load_config_file(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) return fail(Errc::invalid, "'" + path + "' is a folder, not a file");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return fail(Errc::invalid, "can't read '" + path + "': " + std::strerror(errno ? errno : EIO));
    ConfigSource source;
    source.name = path;
    source.text = text.str();
    source.folder = std::filesystem::path(path).parent_path();
    return source;
}

}  // namespace rialto::bridge
