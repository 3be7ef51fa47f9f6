import { element } from './dom/element.js';
import { formatSeconds } from './dom/format.js';

/** Tells beside a job how long it has been going on. */
export class JobClock {
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param since milliseconds, as `Date.now()` */
  start(since: number): void {
    this.stop();
    const show = () => {
      const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
      element('job-time').textContent = seconds < 10 ? `${seconds} s` : formatSeconds(seconds);
    };
    show();
    this.#timer = setInterval(show, 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
    element('job-time').textContent = '';
  }
}
