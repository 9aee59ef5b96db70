# Every library, as a target. All come from Debian 12.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS json url)
find_package(tomlplusplus 3.3 REQUIRED CONFIG)
find_package(CLI11 2.1 REQUIRED CONFIG)
find_package(PahoMqttCpp 1.2 REQUIRED CONFIG)
find_package(cppzmq 4.9 REQUIRED CONFIG)
find_package(RocksDB 7.8 REQUIRED CONFIG)

# Debian's FindHiredis sets variables only, and its pkg-config file adds generic header names to the path.
find_path(HIREDIS_INCLUDE_DIR hiredis/hiredis.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(hiredis::hiredis UNKNOWN IMPORTED)
set_target_properties(hiredis::hiredis PROPERTIES
  IMPORTED_LOCATION ${HIREDIS_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${HIREDIS_INCLUDE_DIR})

# Proton has no CMake files, its pkg-config files ask for some that are not shipped, and the engine alone has no link for
# developers. Never link libqpid-proton.so beside it: that is a second copy of the engine.
find_path(PROTON_INCLUDE_DIR proton/connection_driver.h REQUIRED)
find_library(PROTON_CORE_LIBRARY NAMES libqpid-proton-core.so libqpid-proton-core.so.10 REQUIRED)
add_library(Proton::core UNKNOWN IMPORTED)
set_target_properties(Proton::core PROPERTIES
  IMPORTED_LOCATION ${PROTON_CORE_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${PROTON_INCLUDE_DIR})

# Debian has no CMake configuration of librdkafka.
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
add_library(RdKafka::rdkafka ALIAS PkgConfig::RDKAFKA)

if(RIALTO_TESTS)
  find_package(doctest 2.4 REQUIRED CONFIG)
  include(${doctest_DIR}/doctest.cmake)
endif()
