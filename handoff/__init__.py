"""Cases for people (工单): the state machine, the queue and what experts do with a case."""
