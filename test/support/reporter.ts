import Mocha from "mocha";

/** A sign of life after this many seconds without a finished test. */
const silenceSeconds = 25;

/** Mocha's own `spec`, which also says what is running when that takes long. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { EVENT_HOOK_BEGIN, EVENT_HOOK_END, EVENT_TEST_BEGIN, EVENT_TEST_END, EVENT_RUN_END } =
      Mocha.Runner.constants;
    let running: { readonly what: Mocha.Runnable; readonly since: number } | undefined;
    let last = Date.now();
    const begin = (what: Mocha.Runnable) => {
      running = { what, since: Date.now() };
    };
    const end = () => {
      last = Date.now();
    };
    runner.on(EVENT_HOOK_BEGIN, begin).on(EVENT_TEST_BEGIN, begin);
    runner.on(EVENT_HOOK_END, end).on(EVENT_TEST_END, end);
    const timer = setInterval(() => {
      if (running === undefined || Date.now() - last < silenceSeconds * 1000) return;
      last = Date.now();
      const seconds = Math.round((last - running.since) / 1000);
      console.log(`    still running after ${seconds} s: ${running.what.fullTitle()}`);
    }, 1000);
    timer.unref();
    runner.once(EVENT_RUN_END, () => {
      clearInterval(timer);
    });
  }
}
