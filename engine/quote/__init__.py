"""What a use would cost: what is asked, what is answered."""
