"""Lists what the lock holds, under which licences, as a page and as a software bill of materials."""
