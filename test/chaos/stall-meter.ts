/** How long this process could not run at all, which is nobody's delay but the machine's. */
export interface StallMeter {
  /** Milliseconds so far; the difference of two readings is what was lost between them. */
  total(): number;
  stop(): void;
}

/** Counts by how much a short timer is late. */
export function startStallMeter(): StallMeter {
  let total = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    total += Math.max(0, now - last - PERIOD_MS);
    last = now;
  }, PERIOD_MS);
  return {
    total: () => total + Math.max(0, performance.now() - last - PERIOD_MS),
    stop: () => clearInterval(timer),
  };
}

const PERIOD_MS = 10;
