// Beast's bodies, once, so that the files that use it compile quickly.
#include <boost/beast/src.hpp>
