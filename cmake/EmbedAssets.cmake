# Makes a C++ source that holds files: cmake -DOUTPUT=… "-DASSETS=/path=file;…" -P EmbedAssets.cmake
set(entries "")
set(arrays "")
set(index 0)
foreach(asset IN LISTS ASSETS)
  string(REGEX MATCH "^([^=]+)=(.+)$" _ "${asset}")
  set(path "${CMAKE_MATCH_1}")
  set(file "${CMAKE_MATCH_2}")
  file(SHA256 "${file}" hash)
  string(SUBSTRING "${hash}" 0 16 etag)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char bytes_${index}[] = {\n${bytes}};\n\n")
  string(APPEND entries
    "        {\"${path}\", \"\\\"${etag}\\\"\", {reinterpret_cast<const char*>(bytes_${index}), sizeof bytes_${index}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Made by cmake/EmbedAssets.cmake.
#include \"adapters/web/assets.hpp\"

namespace rialto::web {
namespace {

${arrays}}  // namespace

std::span<const Asset> assets() noexcept {
    static const Asset all[] = {
${entries}    };
    return all;
}

}  // namespace rialto::web
")
