// A pretend GPU: libtorch's devices cuda:0, cuda:1, ... out of host memory that only operators may touch.
//
// An operator runs through one boxed fallback: the CPU's kernel on the same bytes, so that a training
// "on the GPU" ends on the CPU's digits. What a card refuses is refused, what it counts is counted and
// what it makes visible late is made visible. README.md says what this can show and what it cannot.

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/resize_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace pretend {
using at::Tensor;

constexpr int kMostDevices = 8;

int deviceCount() {
    static const int count = [] {
        const char* text = std::getenv("PRETEND_GPUS");
        int n = text ? std::atoi(text) : 1;
        return std::min(std::max(n, 0), kMostDevices);
    }();
    return count;
}

c10::Device cuda(int index) { return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)}; }

thread_local int currentDevice = 0;

// ---- What is counted ------------------------------------------------------------------------------

struct Counts {
    std::atomic<int64_t> operators{0};
    // The host waits until the device has done all that it was given.
    std::atomic<int64_t> waits{0};
    std::atomic<int64_t> toHost{0}, toHostBytes{0};
    std::atomic<int64_t> toDevice{0}, toDeviceBytes{0};
    // Of toDevice: those that the host did not wait for.
    std::atomic<int64_t> toDeviceLate{0};
    std::atomic<int64_t> betweenDevices{0};
    std::atomic<int64_t> live{0}, peak{0};
    // Host buffers that were written again before a copy from them was done.
    std::atomic<int64_t> reusedTooEarly{0};
};
Counts counts;

std::mutex namesLock;
std::map<std::string, int64_t> names;

void count(const std::string& name) {
    std::lock_guard<std::mutex> guard(namesLock);
    names[name]++;
}

void taken(int64_t bytes) {
    int64_t now = counts.live += bytes;
    int64_t peak = counts.peak;
    while (now > peak && !counts.peak.compare_exchange_weak(peak, now)) {
    }
}

// ---- Memory: what is fresh or freed reads as NaN, and freed blocks stay so for a while ---------------

constexpr unsigned char kPoison = 0xFF;
constexpr size_t kQuarantine = size_t{64} << 20;

class Quarantine {
public:
    void put(void* block, size_t bytes) {
        std::memset(block, kPoison, bytes);
        std::vector<void*> old;
        {
            std::lock_guard<std::mutex> guard(lock_);
            blocks_.emplace_back(block, bytes);
            held_ += bytes;
            while (held_ > kQuarantine && blocks_.size() > 1) {
                held_ -= blocks_.front().second;
                old.push_back(blocks_.front().first);
                blocks_.pop_front();
            }
        }
        for (void* each : old) {
            std::free(each);
        }
    }

private:
    std::mutex lock_;
    std::deque<std::pair<void*, size_t>> blocks_;
    size_t held_ = 0;
};

Quarantine& quarantine() {
    // Never destroyed: tensors outlive static destructors.
    static auto* the = new Quarantine();
    return *the;
}

struct Block {
    void* bytes;
    size_t size;
};

void releaseBlock(void* context) {
    auto* block = static_cast<Block*>(context);
    counts.live -= static_cast<int64_t>(block->size);
    quarantine().put(block->bytes, block->size);
    delete block;
}

c10::DataPtr deviceMemory(size_t size, int index) {
    if (size == 0) {
        return {nullptr, nullptr, &c10::detail::deleteNothing, cuda(index)};
    }
    void* bytes = nullptr;
    TORCH_CHECK(posix_memalign(&bytes, 64, size) == 0,
                "CUDA out of memory. Tried to allocate ", size, " bytes on the pretend GPU");
    std::memset(bytes, kPoison, size);
    taken(static_cast<int64_t>(size));
    return {bytes, new Block{bytes, size}, &releaseBlock, cuda(index)};
}

struct DeviceAllocator final : c10::Allocator {
    c10::DataPtr allocate(size_t size) override { return deviceMemory(size, currentDevice); }
    void copy_data(void* to, const void* from, std::size_t size) const override {
        std::memcpy(to, from, size);
    }
};
DeviceAllocator deviceAllocator;

// ---- Pinned host memory ------------------------------------------------------------------------------

std::mutex pinnedLock;
std::map<uintptr_t, size_t> pinnedRanges;

bool isPinned(const void* address) {
    auto at = reinterpret_cast<uintptr_t>(address);
    std::lock_guard<std::mutex> guard(pinnedLock);
    auto next = pinnedRanges.upper_bound(at);
    if (next == pinnedRanges.begin()) {
        return false;
    }
    --next;
    return at < next->first + next->second;
}

void settle();

void releasePinned(void* bytes) {
    // The driver waits for what still reads it.
    settle();
    {
        std::lock_guard<std::mutex> guard(pinnedLock);
        pinnedRanges.erase(reinterpret_cast<uintptr_t>(bytes));
    }
    std::free(bytes);
}

struct PinnedAllocator final : c10::Allocator {
    c10::DataPtr allocate(size_t size) override {
        void* bytes = nullptr;
        TORCH_CHECK(posix_memalign(&bytes, 64, std::max<size_t>(size, 1)) == 0,
                    "no host memory for ", size, " pinned bytes");
        {
            std::lock_guard<std::mutex> guard(pinnedLock);
            pinnedRanges[reinterpret_cast<uintptr_t>(bytes)] = std::max<size_t>(size, 1);
        }
        return {bytes, bytes, &releasePinned, c10::Device(c10::kCPU)};
    }
    void copy_data(void* to, const void* from, std::size_t size) const override {
        std::memcpy(to, from, size);
    }
};
PinnedAllocator pinnedAllocator;

// ---- Late copies ---------------------------------------------------------------------------------------
// A non-blocking copy from pinned memory is under way until the host next waits. Operators that were
// launched after it see what the host's memory holds when the copy really runs: so it is run again at
// the wait, and a buffer that has changed in between is a fault, on a card a race. It is counted, and
// the device's array gets the wrong numbers that the race could have brought.

struct LateCopy {
    Tensor to;          // on the device
    Tensor from;        // pinned, on the host
    Tensor asLaunched;  // what it held then
};
std::mutex lateLock;
std::vector<LateCopy> lateCopies;

// ---- Seeing device memory as the host's, inside an operator --------------------------------------------

struct Alias {
    c10::Storage storage;
    int64_t counted;
};

void dropAlias(void* context) {
    auto* alias = static_cast<Alias*>(context);
    if (alias->counted > 0) {
        counts.live -= alias->counted;
        if (alias->storage.unique()) {
            std::memset(const_cast<void*>(alias->storage.data()), kPoison, alias->storage.nbytes());
        }
    }
    delete alias;
}

// The same bytes under another device. What a CPU kernel has allocated is counted as the device's.
c10::Storage alias(const c10::Storage& storage, c10::Device device, c10::Allocator* allocator, bool counted) {
    int64_t bytes = counted ? static_cast<int64_t>(storage.nbytes()) : 0;
    taken(bytes);
    c10::DataPtr data(const_cast<void*>(storage.data()), new Alias{storage, bytes}, &dropAlias, device);
    return {c10::Storage::use_byte_size_t(), storage.nbytes(), std::move(data), allocator, true};
}

Tensor over(const c10::Storage& storage, const Tensor& like, c10::DispatchKey key) {
    auto impl = c10::make_intrusive<c10::TensorImpl>(
            c10::Storage(storage), c10::DispatchKeySet(key), like.dtype());
    impl->set_storage_offset(like.storage_offset());
    impl->set_sizes_and_strides(like.sizes(), like.strides());
    Tensor result(std::move(impl));
    result._set_conj(like.is_conj());
    result._set_neg(like.is_neg());
    return result;
}

Tensor asHost(const Tensor& tensor) {
    if (!tensor.defined() || !tensor.is_cuda()) {
        return tensor;
    }
    return over(alias(tensor.storage(), c10::kCPU, c10::GetAllocator(c10::kCPU), false), tensor,
                c10::DispatchKey::CPU);
}

Tensor asDevice(const Tensor& tensor, int index) {
    if (!tensor.defined() || tensor.is_cuda()) {
        return tensor;
    }
    return over(alias(tensor.storage(), cuda(index), &deviceAllocator, true), tensor,
                c10::DispatchKey::CUDA);
}

void settle() {
    std::vector<LateCopy> copies;
    {
        std::lock_guard<std::mutex> guard(lateLock);
        copies.swap(lateCopies);
    }
    for (LateCopy& copy : copies) {
        if (std::memcmp(copy.from.const_data_ptr(), copy.asLaunched.const_data_ptr(), copy.from.nbytes()) != 0) {
            counts.reusedTooEarly++;
            Tensor to = asHost(copy.to);
            if (to.is_floating_point()) {
                to.fill_(std::numeric_limits<double>::quiet_NaN());
            } else {
                to.copy_(copy.from);
            }
        }
    }
}

void wait(const char* why) {
    counts.waits++;
    count(why);
    settle();
}

// ---- What libtorch asks of a device ----------------------------------------------------------------------

struct Guard final : c10::impl::DeviceGuardImplInterface {
    c10::DeviceType type() const override { return c10::kCUDA; }
    c10::Device exchangeDevice(c10::Device device) const override {
        c10::Device before = cuda(currentDevice);
        setDevice(device);
        return before;
    }
    c10::Device getDevice() const override { return cuda(currentDevice); }
    void setDevice(c10::Device device) const override {
        if (device.has_index()) {
            TORCH_CHECK(device.index() < deviceCount(), "CUDA error: invalid device ordinal");
            currentDevice = device.index();
        }
    }
    void uncheckedSetDevice(c10::Device device) const noexcept override {
        if (device.has_index()) {
            currentDevice = device.index();
        }
    }
    static c10::Stream only(c10::Device device) {
        return c10::Stream(c10::Stream::DEFAULT, cuda(device.has_index() ? device.index() : currentDevice));
    }
    c10::Stream getStream(c10::Device device) const noexcept override { return only(device); }
    c10::Stream getDefaultStream(c10::Device device) const override { return only(device); }
    c10::Stream getNewStream(c10::Device device, int) const override { return only(device); }
    c10::Stream exchangeStream(c10::Stream stream) const noexcept override { return stream; }
    c10::DeviceIndex deviceCount() const noexcept override { return pretend::deviceCount(); }
    void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
    void block(void*, const c10::Stream&) const override {}
    bool queryEvent(void*) const override { return true; }
    void destroyEvent(void*, const c10::DeviceIndex) const noexcept override {}
    bool queryStream(const c10::Stream&) const override { return true; }
    void synchronizeStream(const c10::Stream&) const override { wait("stream synchronised"); }
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard)

// The registry looks for the class by this name.
struct CUDAHooks : at::CUDAHooksInterface {
    explicit CUDAHooks(at::CUDAHooksArgs) {}
    void init() const override {}
    bool hasCUDA() const override { return true; }
    bool hasCUDART() const override { return true; }
    bool isBuilt() const override { return true; }
    bool isAvailable() const override { return pretend::deviceCount() > 0; }
    bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    c10::DeviceIndex current_device() const override { return currentDevice; }
    c10::DeviceIndex deviceCount() const override { return pretend::deviceCount(); }
    c10::DeviceIndex getCurrentDevice() const override { return currentDevice; }
    void setCurrentDevice(c10::DeviceIndex index) const override { currentDevice = index; }
    c10::DeviceIndex exchangeDevice(c10::DeviceIndex index) const override {
        auto before = static_cast<c10::DeviceIndex>(currentDevice);
        currentDevice = index;
        return before;
    }
    c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex index) const override {
        return exchangeDevice(index);
    }
    c10::Allocator* getCUDADeviceAllocator() const override { return &deviceAllocator; }
    c10::Allocator* getPinnedMemoryAllocator() const override { return &pinnedAllocator; }
    bool isPinnedPtr(const void* address) const override { return isPinned(address); }
    c10::Device getDeviceFromPtr(void*) const override { return cuda(currentDevice); }
    int getNumGPUs() const override { return pretend::deviceCount(); }
    void deviceSynchronize(c10::DeviceIndex) const override { wait("device synchronised"); }
    // One generator for all: the CPU's, so that draws are the CPU's too.
    const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
        return at::detail::getDefaultCPUGenerator();
    }
    at::Generator getNewGenerator(c10::DeviceIndex) const override {
        return at::detail::getDefaultCPUGenerator();
    }
};
using at::CUDAHooksRegistry;
using at::RegistererCUDAHooksRegistry;
REGISTER_CUDA_HOOKS(CUDAHooks)

// ---- Every operator ----------------------------------------------------------------------------------------

struct Pair {
    Tensor device;
    Tensor host;
};

class Call {
public:
    explicit Call(std::string name)
            : name_(std::move(name)), indexed_(name_.find("index") != std::string::npos) {}

    Tensor enter(const Tensor& tensor) {
        if (!tensor.defined()) {
            return tensor;
        }
        if (!tensor.is_cuda()) {
            // A number may lie on the host; an index is taken along, as a card's kernels do it.
            TORCH_CHECK(tensor.dim() == 0 || !tensor.device().is_cpu() || indexed_,
                        "Expected all tensors to be on the same device, but found at least two devices, ",
                        index_ < 0 ? "a GPU" : cuda(index_).str(), " and cpu! (in ", name_, ")");
            return tensor;
        }
        int index = tensor.device().index();
        TORCH_CHECK(index_ < 0 || index_ == index,
                    "Expected all tensors to be on the same device, but found at least two devices, ",
                    cuda(index_).str(), " and ", cuda(index).str(), "! (in ", name_, ")");
        index_ = index;
        for (const Pair& pair : pairs_) {
            if (pair.device.unsafeGetTensorImpl() == tensor.unsafeGetTensorImpl()) {
                return pair.host;
            }
        }
        Tensor host = asHost(tensor);
        pairs_.push_back({tensor, host});
        return host;
    }

    void device(int index) { index_ = index; }

    // An operator may have given an argument other memory, another shape or both (out=, resize_).
    void settleArguments() {
        for (const Pair& pair : pairs_) {
            bool moved = pair.host.storage().data() != pair.device.storage().data();
            if (!moved && pair.host.sizes() == pair.device.sizes() &&
                pair.host.strides() == pair.device.strides()) {
                continue;
            }
            auto* impl = pair.device.unsafeGetTensorImpl();
            if (moved) {
                impl->set_storage_keep_dtype(
                        alias(pair.host.storage(), cuda(where()), &deviceAllocator, true));
            }
            impl->set_storage_offset(pair.host.storage_offset());
            impl->set_sizes_and_strides(pair.host.sizes(), pair.host.strides());
        }
    }

    Tensor leave(const Tensor& tensor) {
        if (!tensor.defined()) {
            return tensor;
        }
        for (const Pair& pair : pairs_) {
            if (pair.host.unsafeGetTensorImpl() == tensor.unsafeGetTensorImpl()) {
                return pair.device;
            }
        }
        for (const Pair& pair : pairs_) {
            if (tensor.has_storage() && tensor.storage().data() != nullptr &&
                tensor.storage().data() == pair.device.storage().data()) {
                return over(pair.device.storage(), tensor, c10::DispatchKey::CUDA);
            }
        }
        return asDevice(tensor, where());
    }

private:
    int where() const { return index_ < 0 ? currentDevice : index_; }

    std::string name_;
    bool indexed_;
    int index_ = -1;
    std::vector<Pair> pairs_;
};

// What reads the device's numbers to decide its result's shape makes the host wait.
bool waits(const std::string& name) {
    static const std::vector<std::string> known = {
            "aten::nonzero", "aten::masked_select", "aten::_unique2", "aten::unique_consecutive",
            "aten::unique_dim", "aten::equal", "aten::is_nonzero", "aten::bincount",
            "aten::repeat_interleave.Tensor", "aten::_linalg_check_errors"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const auto& schema = op.schema();
    const auto& overload = schema.overload_name();
    std::string name = schema.operator_name().name + (overload.empty() ? "" : "." + overload);
    counts.operators++;
    count(name);
    if (waits(name)) {
        wait((name + " waits").c_str());
    }
    Call call(name);
    size_t begin = stack->size() - schema.arguments().size();
    for (size_t i = begin; i < stack->size(); i++) {
        c10::IValue& value = (*stack)[i];
        if (value.isTensor()) {
            value = call.enter(value.toTensor());
        } else if (value.isTensorList()) {
            c10::List<Tensor> list;
            for (const Tensor& each : value.toTensorVector()) {
                list.push_back(call.enter(each));
            }
            value = list;
        } else if (value.isOptionalTensorList()) {
            c10::List<std::optional<Tensor>> list;
            for (const std::optional<Tensor>& each : value.toOptionalTensorList().vec()) {
                list.push_back(each ? std::optional<Tensor>(call.enter(*each)) : each);
            }
            value = list;
        } else if (value.isDevice() && value.toDevice().is_cuda()) {
            c10::Device device = value.toDevice();
            call.device(device.has_index() ? device.index() : currentDevice);
            value = c10::Device(c10::kCPU);
        }
    }
    op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
    call.settleArguments();
    begin = stack->size() - schema.returns().size();
    for (size_t i = begin; i < stack->size(); i++) {
        c10::IValue& value = (*stack)[i];
        if (value.isTensor()) {
            value = call.leave(value.toTensor());
        } else if (value.isTensorList()) {
            c10::List<Tensor> list;
            for (const Tensor& each : value.toTensorVector()) {
                list.push_back(call.leave(each));
            }
            value = list;
        }
    }
}

// ---- Operators that are the device's own ------------------------------------------------------------------

int indexOf(const std::optional<at::Device>& device) {
    return device && device->has_index() ? device->index() : currentDevice;
}

Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
             std::optional<at::Device> device, std::optional<bool>, std::optional<at::MemoryFormat> format) {
    c10::DeviceGuard guard(cuda(indexOf(device)));
    return at::detail::empty_generic(size, &deviceAllocator, c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                     c10::dtype_or_default(type), format);
}

Tensor emptyStrided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> type,
                    std::optional<at::Layout>, std::optional<at::Device> device, std::optional<bool>) {
    c10::DeviceGuard guard(cuda(indexOf(device)));
    return at::detail::empty_strided_generic(size, stride, &deviceAllocator,
                                             c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                             c10::dtype_or_default(type));
}

Tensor& copy(Tensor& to, const Tensor& from, bool nonBlocking) {
    auto bytes = static_cast<int64_t>(from.numel() * from.element_size());
    if (to.is_cuda() && from.is_cuda()) {
        if (to.device() != from.device()) {
            counts.betweenDevices++;
        }
        asHost(to).copy_(asHost(from));
    } else if (to.is_cuda()) {
        counts.toDevice++;
        counts.toDeviceBytes += bytes;
        // As on a card: only from pinned memory is the host free to go on.
        bool late = nonBlocking && from.is_contiguous() && from.dtype() == to.dtype() &&
                    isPinned(from.storage().data());
        if (late) {
            counts.toDeviceLate++;
            count("copy to the device, not waited for");
        } else {
            wait("copy to the device, waited for");
        }
        asHost(to).copy_(from);
        if (late) {
            std::lock_guard<std::mutex> guard(lateLock);
            lateCopies.push_back({to.detach(), from.detach(), from.detach().clone()});
        }
    } else {
        counts.toHost++;
        counts.toHostBytes += bytes;
        wait("copy to the host, waited for");
        to.copy_(asHost(from));
    }
    return to;
}

at::Scalar item(const Tensor& self) {
    counts.toHost++;
    counts.toHostBytes += static_cast<int64_t>(self.element_size());
    wait("number read by the host");
    return at::_local_scalar_dense(asHost(self));
}

Tensor view(const Tensor& self, at::IntArrayRef size) { return at::native::view(self, size); }

Tensor asStrided(const Tensor& self, at::IntArrayRef size, at::IntArrayRef stride,
                 std::optional<int64_t> offset) {
    return at::native::as_strided_tensorimpl(self, size, stride, offset);
}

const Tensor& resize(const Tensor& self, at::IntArrayRef size, std::optional<at::MemoryFormat> format) {
    c10::DeviceGuard guard(self.device());
    return at::native::resize_(self, size, format);
}

}  // namespace pretend

TORCH_LIBRARY_IMPL(_, CUDA, m) {
    m.fallback(torch::CppFunction::makeFromBoxedFunction<&pretend::fallback>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
    m.impl("empty.memory_format", &pretend::empty);
    m.impl("empty_strided", &pretend::emptyStrided);
    m.impl("copy_", &pretend::copy);
    m.impl("_local_scalar_dense", &pretend::item);
    m.impl("view", &pretend::view);
    m.impl("as_strided", &pretend::asStrided);
    m.impl("resize_", &pretend::resize);
    m.impl("unfold", &at::native::unfold);
    m.impl("_reshape_alias", &at::native::_reshape_alias);
    m.impl("set_.source_Storage_storage_offset",
           static_cast<at::Tensor& (*)(at::Tensor&, at::Storage, int64_t, at::IntArrayRef, at::IntArrayRef)>(
                   &at::native::set_storage_cpu_));
    // As one operator: taken apart for a device that it does not know, it would go the slow way.
    m.impl("convolution", torch::CppFunction::makeFromBoxedFunction<&pretend::fallback>());
    m.impl("convolution_backward", torch::CppFunction::makeFromBoxedFunction<&pretend::fallback>());
}

// ---- What tests ask --------------------------------------------------------------------------------------

extern "C" {
int64_t pretend_gpu_operators() { return pretend::counts.operators; }
int64_t pretend_gpu_waits() { return pretend::counts.waits; }
int64_t pretend_gpu_copies_to_host() { return pretend::counts.toHost; }
int64_t pretend_gpu_bytes_to_host() { return pretend::counts.toHostBytes; }
int64_t pretend_gpu_copies_to_device() { return pretend::counts.toDevice; }
int64_t pretend_gpu_bytes_to_device() { return pretend::counts.toDeviceBytes; }
int64_t pretend_gpu_late_copies_to_device() { return pretend::counts.toDeviceLate; }
int64_t pretend_gpu_live_bytes() { return pretend::counts.live; }
int64_t pretend_gpu_peak_bytes() { return pretend::counts.peak; }
int64_t pretend_gpu_buffers_reused_too_early() { return pretend::counts.reusedTooEarly; }
void pretend_gpu_reset_peak() { pretend::counts.peak = pretend::counts.live.load(); }

// Operators, copies and waits by name since the last call, one a line, most frequent first.
int64_t pretend_gpu_report(char* text, int64_t size) {
    std::vector<std::pair<std::string, int64_t>> rows;
    {
        std::lock_guard<std::mutex> guard(pretend::namesLock);
        rows.assign(pretend::names.begin(), pretend::names.end());
        pretend::names.clear();
    }
    std::stable_sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.second > b.second; });
    std::string all;
    for (const auto& row : rows) {
        all += std::to_string(row.second) + " " + row.first + "\n";
    }
    if (size > 0) {
        size_t length = std::min(all.size(), static_cast<size_t>(size) - 1);
        std::memcpy(text, all.data(), length);
        text[length] = 0;
    }
    return static_cast<int64_t>(all.size());
}
}
