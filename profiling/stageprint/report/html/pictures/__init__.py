"""Pictures of the report: what each shows is computed here, one module a picture; the page's script draws it."""
