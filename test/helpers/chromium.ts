import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/**
 * Whether there is a Chromium to test with; says so where there is none.
 * @throws Error in CI, which installs one
 */
export function hasChromium(purpose: string): boolean {
  if (existsSync(executablePath)) return true;
  const message = `${purpose} needs Chromium at ${executablePath}`;
  if (process.env.CI_REQUIRE_CHROMIUM === '1') throw new Error(`${message}.`);
  console.warn(`${message}: skipped.`);
  return false;
}

/** Starts Chromium with a software WebGPU device. */
export function launchChromium(): Promise<Browser> {
  const device = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...device] });
}
