"""Laws: the tables that the engine derives with."""
