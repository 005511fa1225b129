package diagnose

// ID names a mistake. The ids are an interface: they stand in the header
// x-cosemu-diagnosis, in logs and in assertions, and do not change.
type ID string

const (
	// Method: signed for another method.
	Method ID = "method"
	// Host: signed for another host, or with or without the port.
	Host ID = "host"
	// HeaderValue: a signed header changed on the way.
	HeaderValue ID = "header-value"
	// HeaderNotSent: a header was listed as signed and not sent.
	HeaderNotSent ID = "header-not-sent"
	// ParamValue: a signed query parameter changed on the way.
	ParamValue ID = "param-value"
	// ParamNotSent: a query parameter was listed as signed and not sent.
	ParamNotSent ID = "param-not-sent"
	// PathEncodedTwice: the key is encoded once too often in the URL.
	PathEncodedTwice ID = "path-encoded-twice"
	// PathNotEncoded: the key is encoded too little in the URL, or was signed
	// encoded.
	PathNotEncoded ID = "path-not-encoded"
	// PathPlus: a raw '+' in the path, which means a space.
	PathPlus ID = "path-plus"
	// PathSlash: a slash of the path lost or added.
	PathSlash ID = "path-slash"
	// PathBucket: "/<bucket>" in or out of the signed path.
	PathBucket ID = "path-bucket"
	// TokenMissing: a temporary key without its token.
	TokenMissing ID = "token-missing"
	// TokenUnknown: a token of another key.
	TokenUnknown ID = "token-unknown"
	// TokenExpired: an expired temporary key.
	TokenExpired ID = "token-expired"
	// TokenNotSigned: the lists and the signature disagree about the token.
	TokenNotSigned ID = "token-not-signed"
	// SecretWhitespace: a SecretKey with a stray blank, line break or quote.
	SecretWhitespace ID = "secret-whitespace"
	// SecretOther: signed with the SecretKey of another key.
	SecretOther ID = "secret-other"
	// KeyUnknown: an unknown SecretId.
	KeyUnknown ID = "key-unknown"
	// KeySwapped: SecretId and SecretKey are swapped.
	KeySwapped ID = "key-swapped"
	// KeyFormat: a malformed SecretId.
	KeyFormat ID = "key-format"
	// KeyWhitespace: a SecretId with a blank, a line break or a quote.
	KeyWhitespace ID = "key-whitespace"
	// KeyEmpty: an empty SecretId.
	KeyEmpty ID = "key-empty"
	// AuthPrefix: a word before the signature, such as "Bearer".
	AuthPrefix ID = "auth-prefix"
	// Expired: the signature has expired.
	Expired ID = "expired"
	// NotYetValid: the signature is not valid yet.
	NotYetValid ID = "not-yet-valid"
	// TimeUnit: times that are not in whole seconds.
	TimeUnit ID = "time-unit"
	// TimeZone: times that are off by a whole time zone.
	TimeZone ID = "time-zone"
	// SignEncodedTwice: the signature's own fields encoded once too often.
	SignEncodedTwice ID = "sign-encoded-twice"
	// SignatureFormat: a signature that is not 40 lower-case hex digits, or
	// not made as the documents say.
	SignatureFormat ID = "signature-format"
	// Unsigned: no signature at all.
	Unsigned ID = "unsigned"
	// QueryTwice: the signature came twice.
	QueryTwice ID = "query-twice"
	// AWSSignature: signed the S3 way, and not as S3 has it.
	AWSSignature ID = "aws-signature"
	// AWSChecksum: a checksum of newer S3 clients that COS does not take.
	AWSChecksum ID = "aws-checksum"
	// AWSChunk: a body in signed chunks that is not as it was signed.
	AWSChunk ID = "aws-chunk"
	// TextEncoding: hashed in another encoding than UTF-8.
	TextEncoding ID = "text-encoding"
	// TransferEncoding: Content-Length was signed, and the body came chunked.
	TransferEncoding ID = "transfer-encoding"
	// FormPolicy: a form without a usable policy.
	FormPolicy ID = "form-policy"
	// FormBase64: the base64 of a form's policy was signed, not its JSON.
	FormBase64 ID = "form-base64"
	// ClockMoved: the server's own clock is the cause.
	ClockMoved ID = "clock-moved"
	// HostMalformed: a host that COS does not have.
	HostMalformed ID = "host-malformed"
	// OldAPI: a request of the JSON API (v4).
	OldAPI ID = "old-api"
	// BucketNoAppID: a bucket's name without its APPID.
	BucketNoAppID ID = "bucket-no-appid"
	// Region: the host of another region than the bucket's.
	Region ID = "region"
	// MD5Hex: a Content-MD5 in hex, where base64 belongs.
	MD5Hex ID = "md5-hex"
	// PathStyle: the bucket in the path, which the cloud refuses for newer ones. It
	// stands in what the cloud answered, so the table has no row for it.
	PathStyle ID = "path-style"
	// BodyShort: a body that ended before it was all there.
	BodyShort ID = "body-short"
	// CopySourceMissing: the source of a copy does not exist.
	CopySourceMissing ID = "copy-source"
	// PolicyDenied: a policy's statement denied it, or none allowed it.
	PolicyDenied ID = "policy-denied"
	// CORSNoRule: no CORS rule fits.
	CORSNoRule ID = "cors-no-rule"
	// CrossSite: a browser sent it for a page of another site.
	CrossSite ID = "cross-site"
	// StrictSignature: the bucket requires more to be signed.
	StrictSignature ID = "strict-signature"
	// FaultInjected: the request met a planned fault.
	FaultInjected ID = "fault-injected"
	// Unknown: nothing proven, nothing observed.
	Unknown ID = "unknown"
)

// IDs are all ids, in the order of the constants.
func IDs() []ID {
	return []ID{
		Method, Host, HeaderValue, HeaderNotSent, ParamValue, ParamNotSent, PathEncodedTwice,
		PathNotEncoded, PathPlus, PathSlash, PathBucket, TokenMissing, TokenUnknown, TokenExpired,
		TokenNotSigned, SecretWhitespace, SecretOther, KeyUnknown, KeySwapped, KeyFormat, KeyWhitespace,
		KeyEmpty, AuthPrefix, Expired, NotYetValid, TimeUnit, TimeZone, SignEncodedTwice,
		SignatureFormat, Unsigned, QueryTwice, AWSSignature, AWSChecksum, AWSChunk, TextEncoding,
		TransferEncoding, FormPolicy,
		FormBase64, ClockMoved, HostMalformed, OldAPI, BucketNoAppID, Region, MD5Hex, PathStyle,
		BodyShort, CopySourceMissing, PolicyDenied, CORSNoRule, CrossSite, StrictSignature, FaultInjected, Unknown,
	}
}
