"""Run under the real tools, in the environment of `make test-integrations`; the gate does not run them."""
