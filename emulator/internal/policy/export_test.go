package policy

// Names that only tests need.
const (
	MaxCharacters = maxCharacters

	KeyIP                  = keyIP
	KeyCurrentTime         = keyCurrentTime
	KeyUIN                 = keyUIN
	KeyOwnerUIN            = keyOwnerUIN
	KeyRequestTag          = keyRequestTag
	KeyVPC                 = keyVPC
	KeySecureTransport     = keySecureTransport
	KeyTLSVersion          = keyTLSVersion
	KeyContentLength       = keyContentLength
	KeyContentType         = keyContentType
	KeyHost                = keyHost
	KeyStorageClass        = keyStorageClass
	KeyACL                 = keyACL
	KeyVersionID           = keyVersionID
	KeyPrefix              = keyPrefix
	KeyResponseContentType = keyResponseContentType
)

// KnownKey is knownKey.
func KnownKey(key string) bool { return knownKey(key) }
