"""What does a fit know before anybody asks: coefficients, covariance, likelihood and sample numbers?"""
