#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>

namespace rialto {

/// A base whose objects are kept alive by boost::intrusive_ptr, from any thread.
class RefCounted {
public:
    RefCounted() = default;
    RefCounted(const RefCounted&) = delete;
    RefCounted& operator=(const RefCounted&) = delete;

    friend void intrusive_ptr_add_ref(const RefCounted* object) noexcept {
        object->references_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(const RefCounted* object) noexcept {
        if (object->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete object;
    }

protected:
    virtual ~RefCounted() = default;

private:
    mutable std::atomic<std::uint32_t> references_{0};
};

template <typename T>
using Ref = boost::intrusive_ptr<T>;

}  // namespace rialto
