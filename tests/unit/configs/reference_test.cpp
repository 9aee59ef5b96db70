#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "bridge/builtin_adapters.hpp"
#include "bridge/reference.hpp"

using namespace rialto;

TEST_CASE("configs/reference.toml is what the declarations in the code say: `ninja reference` writes it anew") {
    Gateway catalog({"reference", 1, true});
    bridge::add_builtin_adapters(catalog);
    std::ostringstream file;
    file << std::ifstream(RIALTO_CONFIGS "/reference.toml", std::ios::binary).rdbuf();
    CHECK(file.str() == bridge::reference_config(catalog));
}
