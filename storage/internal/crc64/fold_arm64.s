#include "go_asm.h"
#include "textflag.h"

// The words of a lane lie as in memory: H is the low one, L the high one. So are its constants,
// x^(D+63) low and x^(D-1) high.

// CONSTANT sets V8 to the constants high (for H) and low (for L).
#define CONSTANT(high, low) \
	MOVD $high, R3;       \
	MOVD $low, R4;        \
	VMOV R3, V8.D[0];     \
	VMOV R4, V8.D[1]

// FOLD multiplies lane by x^D, as V8 says, and adds next: sum is H·x^(D+64) + L·x^D + next.
// It may be lane or next.
#define FOLD(lane, next, sum) \
	VPMULL  V8.D1, lane.D1, V9.Q1;        \
	VPMULL2 V8.D2, lane.D2, V10.Q1;      \
	VEOR    V9.B16, next.B16, sum.B16;     \
	VEOR    V10.B16, sum.B16, sum.B16

// func fold(x *[16]byte, p []byte)
TEXT ·fold(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R0
	MOVD p_base+8(FP), R1
	MOVD p_len+16(FP), R2

	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1.P 64(R1), [V4.B16, V5.B16, V6.B16, V7.B16]
	VLD1   (R0), [V9.B16]
	VEOR   V9.B16, V0.B16, V0.B16
	SUB    $const_block, R2

	CONSTANT(const_x1087, const_x1023)

wide: // eight lanes over 1024 bits
	CMP    $const_block, R2
	BLT    join
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R1), [V20.B16, V21.B16, V22.B16, V23.B16]
	FOLD(V0, V16, V0)
	FOLD(V1, V17, V1)
	FOLD(V2, V18, V2)
	FOLD(V3, V19, V3)
	FOLD(V4, V20, V4)
	FOLD(V5, V21, V5)
	FOLD(V6, V22, V6)
	FOLD(V7, V23, V7)
	SUB    $const_block, R2
	B      wide

join: // each lane into the one 128 bits later
	CONSTANT(const_x191, const_x127)
	FOLD(V0, V1, V1)
	FOLD(V1, V2, V2)
	FOLD(V2, V3, V3)
	FOLD(V3, V4, V4)
	FOLD(V4, V5, V5)
	FOLD(V5, V6, V6)
	FOLD(V6, V7, V7)

narrow: // one lane over 128 bits
	CMP    $16, R2
	BLT    done
	VLD1.P 16(R1), [V16.B16]
	FOLD(V7, V16, V7)
	SUB    $16, R2
	B      narrow

done:
	VST1 [V7.B16], (R0)
	RET
