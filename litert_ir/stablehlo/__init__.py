"""Convert by way of StableHLO: trace without weights, convert the graph, stream the weights."""
