mkdir none
