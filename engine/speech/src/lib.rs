//! The words of numbers, dates and durations, and the prompts that say them
