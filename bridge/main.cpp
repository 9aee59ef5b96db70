#include "bridge/cli/command_line.hpp"

int main(int argc, char** argv) { return static_cast<int>(rialto::bridge::run_command_line(argc, argv)); }
