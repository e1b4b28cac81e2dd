//! Queues, agents and offers: the pure queue core
