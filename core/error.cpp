#include "core/error.hpp"

#include <stdexcept>

namespace rialto {

// Reached only where value() is called on a result that holds an error, which is a defect of ours.
void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::logic_error("unchecked error: " + error.message);
}

}  // namespace rialto
