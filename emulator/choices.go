package emulator

// Choice is a point where no public source says what the cloud does, and what
// this emulator does there. Code cites it by number.
type Choice struct {
	Number int
	Does   string
	Reason string
}

// Choices lists every such point of the request pipeline, by number. To change
// the emulator's mind about the cloud, find the number here and in the code
// that cites it.
func Choices() []Choice {
	return []Choice{
		{
			50, "Resource of an error is <bucket>.cos.<region>.myqcloud.com/<key>, also on path style and on local host names; for SignatureDoesNotMatch the decoded path alone.",
			"The documented samples show the real host; the newest three public SignatureDoesNotMatch bodies show the path alone.",
		},
		{
			51, "A temporary key without its token, or with another key's, is InvalidAccessKeyId; a token past its end is ExpiredToken.",
			"No page says; an id without its token names no key, and ExpiredToken is a documented code with no other use.",
		},
		{
			52, "A signed Date header more than 15 minutes off is RequestTimeTooSkewed; an unsigned one is not looked at.",
			"The page on error codes gives the 15 minutes and no header; an unsigned header binds nobody.",
		},
		{
			53, "A raw + in a query value is a blank where the value is used, unless the signature held only with the + taken literally.",
			"The same order in which the signature is tried.",
		},
		{
			54, "A query parameter that names no documented sub-resource never changes the operation; media processing is refused on downloads and carried unharmed on uploads.",
			"SDKs sign arbitrary parameters into upload URLs; serving an unprocessed image would be a silent lie.",
		},
		{
			55, "A refused upload is answered at once and then read on for up to 1 GiB or 30 seconds.",
			"Otherwise the connection's reset overtakes the answer and the client never sees the code.",
		},
		{
			56, "The 850 bytes of a key are counted in UTF-8, not percent-encoded.",
			"The page says encoded length, and means the encoding of the text.",
		},
		{
			57, "A key may begin with a slash (`//a`); a backslash at the beginning is InvalidObjectName.",
			"The page forbids both, but SDKs send double slashes and the cloud's own listing shows such keys.",
		},
		{
			58, "DELETE of a key that is not there is 204.",
			"The page names no 404, and every SDK's retry depends on it.",
		},
		{
			59, "response-* parameters on an anonymous request are InvalidRequest.",
			"The page says that they are refused and prints no code; S3 answers so.",
		},
		{
			60, "An object without a Content-Type is given back as application/octet-stream.",
			"No page says; every client treats it as bytes.",
		},
		{
			61, "User metadata over 2 KB in one header or 4 KB in all is InvalidArgument.",
			"The limits are documented, the code is not, and no listed code is closer.",
		},
		{
			62, "A Range of several parts or none that can be read is passed over and the whole object served; bytes=-n is the last n bytes.",
			"RFC 9110 allows it; the page documents a single range only.",
		},
		{
			63, "Owner ids are qcs::cam::uin/<APPID>:uin/<APPID>.",
			"The emulator knows an account by its APPID alone.",
		},
		{
			64, "A signed request is judged before its bucket is looked for; an anonymous one learns first whether the bucket exists.",
			"The order of the 403 page puts identity first; public 404 bodies of missing buckets come from unsigned requests.",
		},
		{
			65, "A host that names no bucket and is not configured is path style: the first segment is the bucket.",
			"So that the emulator works at any address, name or port without configuration.",
		},
		{
			66, "Creating a bucket whose APPID is not the caller's is AccessDenied.",
			"No page says; the name belongs to another account.",
		},
		{
			67, "max-keys over 1000 is 1000, and is reported so; 0 lists nothing; what is no number is InvalidArgument.",
			"The page gives the maximum and no error.",
		},
	}
}
