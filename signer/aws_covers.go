package signer

// SignsHeader reports whether the signature covers the header of that name, in
// any case.
func (c *Claim) SignsHeader(name string) bool {
	switch {
	case c.Carrier == CarrierForm && c.Family != QSign:
		return false
	case c.Family == AWS2:
		return equalFold(name, "content-type") || equalFold(name, "content-md5") ||
			equalFold(name, "date") && c.Carrier == CarrierHeader || isAmzHeader(name)
	}
	return containsFold(c.HeaderList, name)
}

// SignsParam reports whether the signature covers the query parameter of that
// decoded name. The names that AWS2 signs have one spelling: in another case they
// are not signed.
func (c *Claim) SignsParam(name string) bool {
	switch {
	case c.Carrier == CarrierForm && c.Family != QSign:
		return false
	case c.Family == AWS4:
		return c.Carrier != CarrierQuery || !equalFold(name, "X-Amz-Signature")
	case c.Family == AWS2:
		return isSubresource(name) || isAmzHeader(name) ||
			c.Carrier == CarrierQuery && (equalFold(name, "Expires") || equalFold(name, "content-type") || equalFold(name, "content-md5"))
	}
	return containsFold(c.ParamList, name)
}
