#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace rialto {

/// Tasks from any thread for one shard, in the order in which each sender put them. Putting is one exchange on an
/// atomic; the reader takes all at once. @thread put: any; take_all: the owner's.
class Mailbox {
public:
    /// One task. Run once, then deleted.
    class Mail {
    public:
        virtual ~Mail() = default;
        virtual void run() noexcept = 0;

    private:
        friend class Mailbox;
        Mail* next_ = nullptr;
    };

    Mailbox() = default;
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox() { drop_all(); }

    /// @return true where the box was empty: its owner has to be woken
    bool put(std::unique_ptr<Mail> mail) noexcept {
        Mail* const node = mail.release();
        Mail* before = head_.load(std::memory_order_relaxed);
        do {
            node->next_ = before;
        } while (!head_.compare_exchange_weak(before, node, std::memory_order_release, std::memory_order_relaxed));
        return before == nullptr;  // the node itself may already have been run and deleted
    }

    /// Runs what is there now, oldest first.
    void run_all() noexcept {
        Mail* newest = head_.exchange(nullptr, std::memory_order_acquire);
        Mail* oldest = nullptr;
        while (newest) {
            Mail* const next = std::exchange(newest->next_, oldest);
            oldest = std::exchange(newest, next);
        }
        while (oldest) {
            const std::unique_ptr<Mail> mail(std::exchange(oldest, oldest->next_));
            mail->run();
        }
    }

    /// Deletes what is there without running it.
    void drop_all() noexcept {
        for (Mail* mail = head_.exchange(nullptr); mail;) delete std::exchange(mail, mail->next_);
    }

    template <typename Function>
    static std::unique_ptr<Mail> mail_of(Function&& function) {
        struct Task final : Mail {
            explicit Task(Function&& f) : function_(std::forward<Function>(f)) {}
            void run() noexcept override { function_(); }
            std::decay_t<Function> function_;
        };
        return std::make_unique<Task>(std::forward<Function>(function));
    }

private:
    std::atomic<Mail*> head_{nullptr};
};

}  // namespace rialto
