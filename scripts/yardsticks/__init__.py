"""Measures the product on real tables, on planted faults and on worlds that it was not tuned on."""
