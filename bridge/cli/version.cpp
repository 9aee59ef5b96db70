#include <hiredis/hiredis.h>
#include <MQTTAsync.h>
#include <librdkafka/rdkafka.h>
#include <openssl/crypto.h>
#include <proton/version.h>
#include <zmq.h>

#include <boost/version.hpp>
#include <iostream>
#include <string>
#include <string_view>
#include <toml++/toml.h>

#include "bridge/cli/commands.hpp"

namespace rialto::bridge {

namespace {

std::string zeromq_version() {
    int major = 0;
    int minor = 0;
    int patch = 0;
    zmq_version(&major, &minor, &patch);
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string paho_version() {
    for (const MQTTAsync_nameValue* entry = MQTTAsync_getVersionInfo(); entry->name; ++entry) {
        if (std::string_view(entry->name) == "Version") return entry->value;
    }
    return "?";
}

}  // namespace

ExitCode print_version() {
    std::cout << "rialto " << RIALTO_VERSION << " (" << RIALTO_BUILD_TYPE << ", " << __VERSION__ << ")\n"
              << "boost " << BOOST_VERSION / 100000 << "." << BOOST_VERSION / 100 % 1000 << "." << BOOST_VERSION % 100 << "\n"
              << "hiredis " << HIREDIS_MAJOR << "." << HIREDIS_MINOR << "." << HIREDIS_PATCH << "\n"
              << "librdkafka " << rd_kafka_version_str() << "\n"
              << "libzmq " << zeromq_version() << "\n"
              << "openssl " << OpenSSL_version(OPENSSL_VERSION_STRING) << "\n"
              << "paho-mqtt-c " << paho_version() << "\n"
              << "qpid-proton " << PN_VERSION_MAJOR << "." << PN_VERSION_MINOR << "." << PN_VERSION_POINT << "\n"
              << "toml++ " << TOML_LIB_MAJOR << "." << TOML_LIB_MINOR << "." << TOML_LIB_PATCH << "\n";
    return ExitCode::done;
}

}  // namespace rialto::bridge
