// Prints configs/reference.toml.

#include <iostream>

#include "bridge/builtin_adapters.hpp"
#include "bridge/reference.hpp"

int main() {
    rialto::Gateway catalog({"reference", 1, true});
    rialto::bridge::add_builtin_adapters(catalog);
    std::cout << rialto::bridge::reference_config(catalog);
}
