#!/usr/bin/env python3
"""Times training steps of a ResNet101 (12 bands of 256x256 pixels) in PyTorch, as rows of a Markdown table.

    peer.py eager|compiled [--seconds N] [--batches 25,64,128] [--precisions bf16,fp16,tf32,fp32] [--device cuda]
            [--quick]

The way is channels_last with fused Adam; bf16 and fp16 run under autocast, fp16 with a gradient scaler. `compiled` uses
CUDA graphs (mode reduce-overhead). Combinations that do not fit into --seconds are left out and named. The exit status is
3 where PyTorch or its GPU is missing. --quick measures a ResNet18 of 4 channels on 64x64 pixels.

A row has: program, precision, batch, ms of a step (median), images a second, peak memory of the device in GB.
"""
import argparse
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    print(f"no PyTorch: {error}", file=sys.stderr)
    sys.exit(3)


class Block(nn.Module):
    """A residual block: two 3x3 convolutions, or a bottleneck of three convolutions."""

    def __init__(self, channels, width, stride, deep):
        super().__init__()
        out = 4 * width if deep else width
        shapes = [(channels, width, 1, 1), (width, width, 3, stride), (width, out, 1, 1)] if deep else [
            (channels, width, 3, stride), (width, width, 3, 1)]
        layers = []
        for number, (begin, end, size, step) in enumerate(shapes):
            layers += [nn.Conv2d(begin, end, size, step, size // 2, bias=False), nn.BatchNorm2d(end)]
            if number + 1 < len(shapes):
                layers.append(nn.ReLU(inplace=True))
        self.layers = nn.Sequential(*layers)
        self.shortcut = nn.Identity() if stride == 1 and channels == out else nn.Sequential(
            nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return torch.relu(self.layers(x) + self.shortcut(x))


def resnet(blocks, deep, width, bands=12, classes=10):
    layers = [nn.Conv2d(bands, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
              nn.MaxPool2d(3, 2, 1)]
    channels = width
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(Block(channels, width << stage, stride, deep))
            channels = (width << stage) * (4 if deep else 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def measure(options, mode, precision, batch):
    """Seconds of a step, and peak bytes of the device."""
    on_gpu = options.device != "cpu"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    size = 64 if options.quick else 256
    model = resnet([2, 2, 2, 2], False, 4) if options.quick else resnet([3, 4, 23, 3], True, 64)
    model = model.to(options.device, memory_format=torch.channels_last)
    images = torch.randn(batch, 12, size, size, device=options.device).contiguous(memory_format=torch.channels_last)
    targets = (torch.rand(batch, 10, device=options.device) < 0.3).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=on_gpu)
    short = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision)
    scaler = torch.amp.GradScaler(options.device, enabled=precision == "fp16" and on_gpu)
    network = model
    if mode == "compiled":
        torch._dynamo.reset()
        network = torch.compile(model, mode="reduce-overhead" if on_gpu else "default", dynamic=False)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(options.device, short, enabled=short is not None):
            loss = nn.functional.binary_cross_entropy_with_logits(network(images).float(), targets)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    def wait():
        if on_gpu:
            torch.cuda.synchronize()

    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    for _ in range(2 if options.quick else 6):
        step()
    wait()
    times = []
    for _ in range(3):
        count = 1 if options.quick else max(3, min(100, int(0.5 / times[-1]) if times else 5))
        start = time.perf_counter()
        for _ in range(count):
            step()
        wait()
        times.append((time.perf_counter() - start) / count)
    return statistics.median(times), torch.cuda.max_memory_allocated() if on_gpu else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["eager", "compiled"])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--batches", default="25,64,128")
    parser.add_argument("--precisions", default="bf16,fp16,tf32,fp32")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("PyTorch finds no GPU", file=sys.stderr)
        sys.exit(3)
    end = time.perf_counter() + options.seconds
    longest, left_out = 0.0, []
    for precision in options.precisions.split(","):
        for batch in map(int, options.batches.split(",")):
            # Compiling takes longer than anything else, and about as long each time.
            if time.perf_counter() + longest > end:
                left_out.append(f"{precision} {batch}")
                continue
            start = time.perf_counter()
            name = f"PyTorch {torch.__version__}, {options.mode}"
            try:
                seconds, peak = measure(options, options.mode, precision, batch)
                print(f"| {name} | {precision} | {batch} | {1e3 * seconds:.2f} | {batch / seconds:.1f} | {peak / 1e9:.2f} |",
                      flush=True)
            except RuntimeError as error:
                print(f"| {name} | {precision} | {batch} | – | – | {str(error).splitlines()[0][:80]} |", flush=True)
            if options.device == "cuda":
                torch.cuda.empty_cache()
            longest = max(longest, time.perf_counter() - start)
    if left_out:
        print(f"left out for lack of time: {', '.join(left_out)}", file=sys.stderr)


main()
