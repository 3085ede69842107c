/** How long the name of a LeadPlatform may be: every child is named after it, and Kubernetes bounds those names. */

/** Longer names of CronJobs are refused: the controller adds 11 characters for each Job, whose name is a label. */
const CRON_JOB_NAME_LIMIT = 52;
/** What the names of the CronJobs end with. */
const CALL_LOG_JOBS = ['polling', 'hourly', 'nightly'] as const;

/** The longest name of a platform whose children all fit: 52 − `-call-logs-nightly` = 34. */
export const MAX_PLATFORM_NAME_LENGTH =
  CRON_JOB_NAME_LIMIT - Math.max(...CALL_LOG_JOBS.map((job) => `-call-logs-${job}`.length));

/** A DNS label that begins with a letter, for Services bear it. */
export const NAME_PATTERN = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

export const NAME_RULES = {
  max: MAX_PLATFORM_NAME_LENGTH,
  tooLong: `metadata.name is longer than ${MAX_PLATFORM_NAME_LENGTH} characters, too long for the names of its CronJobs; choose a shorter one`,
  pattern:
    'metadata.name must begin with a letter and hold only lower-case letters, digits and dashes, like brain, for its Services are named after it',
} as const;
