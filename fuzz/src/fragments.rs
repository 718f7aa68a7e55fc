//! Instructions of which programs for the interpreter are made: what init functions consist of, and what breaks
//! interpreters. Assembled with GNU as; addresses are those of `targets.rs`.

/// x86-64.
pub const X86_64: &[&[u8]] = &[
    &[0x55],                                                       // push rbp
    &[0x48, 0x89, 0xe5],                                           // mov rbp,rsp
    &[0x48, 0x83, 0xec, 0x40],                                     // sub rsp,0x40
    &[0x31, 0xc0],                                                 // xor eax,eax
    &[0xbf, 0x00, 0x00, 0x10, 0x00],                               // mov edi,0x100000
    &[0xbe, 0x01, 0x00, 0x00, 0x00],                               // mov esi,0x1
    &[0xba, 0x00, 0x00, 0x01, 0x00],                               // mov edx,0x10000
    &[0xb9, 0x00, 0x40, 0x00, 0x00],                               // mov ecx,0x4000
    &[0x48, 0x89, 0xc7],                                           // mov rdi,rax
    &[0x48, 0x89, 0xf8],                                           // mov rax,rdi
    &[0xc7, 0x07, 0x04, 0x00, 0x00, 0x00],                         // mov DWORD PTR [rdi],0x4
    &[0x48, 0xc7, 0x47, 0x08, 0x01, 0x00, 0x00, 0x00],             // mov QWORD PTR [rdi+0x8],0x1
    &[0x48, 0x8b, 0x44, 0xcf, 0x10],                               // mov rax,QWORD PTR [rdi+rcx*8+0x10]
    &[0x48, 0x8d, 0x7f, 0x10],                                     // lea rdi,[rdi+0x10]
    &[0x48, 0x8d, 0x44, 0x24, 0x08],                               // lea rax,[rsp+0x8]
    &[0x48, 0x01, 0xcf],                                           // add rdi,rcx
    &[0x83, 0xe9, 0x01],                                           // sub ecx,0x1
    &[0x48, 0xff, 0xc9],                                           // dec rcx
    &[0xff, 0xc0],                                                 // inc eax
    &[0x48, 0x0f, 0xaf, 0xc1],                                     // imul rax,rcx
    &[0x48, 0xc1, 0xe0, 0x05],                                     // shl rax,0x5
    &[0xd3, 0xf8],                                                 // sar eax,cl
    &[0x0f, 0xa3, 0xf0],                                           // bt eax,esi
    &[0x83, 0xe7, 0xf0],                                           // and edi,0xfffffff0
    &[0x83, 0xc8, 0xff],                                           // or eax,0xffffffff
    &[0x48, 0xf7, 0xd8],                                           // neg rax
    &[0xf7, 0xd2],                                                 // not edx
    &[0x39, 0xf0],                                                 // cmp eax,esi
    &[0x48, 0x85, 0xc0],                                           // test rax,rax
    &[0x48, 0x0f, 0x45, 0xc6],                                     // cmovne rax,rsi
    &[0x0f, 0x94, 0xc0],                                           // sete al
    &[0x74, 0xf2],                                                 // je 0x63
    &[0x75, 0x04],                                                 // jne 0x77
    &[0xeb, 0xea],                                                 // jmp 0x5f
    &[0xe2, 0xf5],                                                 // loop 0x6c
    &[0xe3, 0x03],                                                 // jrcxz 0x7c
    &[0xe8, 0x13, 0x00, 0x00, 0x00],                               // call 0x91
    &[0xe8, 0xdb, 0xff, 0xff, 0xff],                               // call 0x5e
    &[0xc3],                                                       // ret
    &[0xc9],                                                       // leave
    &[0x5b],                                                       // pop rbx
    &[0x68, 0x00, 0x10, 0x00, 0x00],                               // push 0x1000
    &[0xf3, 0xaa],                                                 // rep stos BYTE PTR es:[rdi],al
    &[0xf3, 0x48, 0xa5],             // rep movs QWORD PTR es:[rdi],QWORD PTR ds:[rsi]
    &[0xab],                         // stos DWORD PTR es:[rdi],eax
    &[0xf0, 0x0f, 0xc1, 0x07],       // lock xadd DWORD PTR [rdi],eax
    &[0xf0, 0x48, 0x0f, 0xb1, 0x37], // lock cmpxchg QWORD PTR [rdi],rsi
    &[0x48, 0x87, 0x07],             // xchg QWORD PTR [rdi],rax
    &[0x0f, 0x10, 0x07],             // movups xmm0,XMMWORD PTR [rdi]
    &[0x0f, 0x29, 0x04, 0x24],       // movaps XMMWORD PTR [rsp],xmm0
    &[0x66, 0x0f, 0xef, 0xc0],       // pxor xmm0,xmm0
    &[0x66, 0x0f, 0x76, 0xc9],       // pcmpeqd xmm1,xmm1
    &[0x66, 0x0f, 0x6c, 0xc1],       // punpcklqdq xmm0,xmm1
    &[0x66, 0x0f, 0x70, 0xc1, 0x4e], // pshufd xmm0,xmm1,0x4e
    &[0x66, 0x48, 0x0f, 0x6e, 0xc7], // movq xmm0,rdi
    &[0x66, 0x48, 0x0f, 0x7e, 0xc0], // movq rax,xmm0
    &[0x0f, 0x16, 0x07],             // movhps xmm0,QWORD PTR [rdi]
    &[0x66, 0x48, 0x0f, 0x3a, 0x22, 0xc0, 0x01], // pinsrq xmm0,rax,0x1
    &[0xc5, 0xfe, 0x6f, 0x07],       // vmovdqu ymm0,YMMWORD PTR [rdi]
    &[0xc5, 0xfe, 0x7f, 0x07],       // vmovdqu YMMWORD PTR [rdi],ymm0
    &[0xc5, 0xf9, 0xef, 0xc0],       // vpxor xmm0,xmm0,xmm0
    &[0xc5, 0xf8, 0x77],             // vzeroupper
    &[0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0x00, 0x00, 0x00], // mov rax,QWORD PTR fs:0x28
    &[0x65, 0x48, 0x8b, 0x04, 0x25, 0x30, 0x00, 0x00, 0x00], // mov rax,QWORD PTR gs:0x30
    &[0x0f, 0xa2],                   // cpuid
    &[0x0f, 0x05],                   // syscall
    &[0x0f, 0x0b],                   // ud2
    &[0xcc],                         // int3
    &[0xdd, 0x07],                   // fld QWORD PTR [rdi]
    &[0xf2, 0x48, 0x0f, 0x2a, 0xc0], // cvtsi2sd xmm0,rax
    &[0xc7, 0xf8, 0x04, 0x00, 0x00, 0x00], // xbegin 0x102
    &[0xff, 0xe0],                   // jmp rax
    &[0xff, 0xd0],                   // call rax
    &[0x48, 0xb8, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x72], // movabs rax,0x7200000000010000
    &[0x48, 0xbf, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // movabs rdi,0xfffffffffffffff0
    &[0xff, 0x14, 0x25, 0x00, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200000
    &[0xff, 0x14, 0x25, 0x08, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200008
    &[0xff, 0x14, 0x25, 0x10, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200010
    &[0xff, 0x14, 0x25, 0x18, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200018
    &[0xff, 0x14, 0x25, 0x20, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200020
    &[0xff, 0x14, 0x25, 0x28, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200028
    &[0xff, 0x14, 0x25, 0x30, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200030
    &[0xff, 0x14, 0x25, 0x38, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200038
    &[0xff, 0x14, 0x25, 0x48, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200048
    &[0xff, 0x14, 0x25, 0x58, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200058
    &[0xff, 0x14, 0x25, 0x60, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200060
    &[0xff, 0x14, 0x25, 0x68, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200068
    &[0xff, 0x14, 0x25, 0x78, 0x00, 0x20, 0x00], // call QWORD PTR ds:0x200078
    &[0xff, 0x24, 0x25, 0x00, 0x00, 0x20, 0x00], // jmp QWORD PTR ds:0x200000
];

/// A64.
pub const AARCH64: &[u32] = &[
    0xa9be_7bfd, // stp x29, x30, [sp, #-32]!
    0x9100_03fd, // mov x29, sp
    0xd101_03ff, // sub sp, sp, #0x40
    0xd2a0_0200, // mov x0, #0x100000
    0xd280_0021, // mov x1, #0x1
    0xd2a0_0022, // mov x2, #0x10000
    0xd2a0_0409, // mov x9, #0x200000
    0xf2ee_4000, // movk x0, #0x7200, lsl #48
    0xaa1f_03e0, // mov x0, xzr
    0xaa00_03f3, // mov x19, x0
    0xaa13_03e0, // mov x0, x19
    0x5280_0088, // mov w8, #0x4
    0xb900_0008, // str w8, [x0]
    0xf900_0401, // str x1, [x0, #8]
    0xa901_0408, // stp x8, x1, [x0, #16]
    0xa881_0408, // stp x8, x1, [x0], #16
    0xf940_0800, // ldr x0, [x0, #16]
    0xf861_7800, // ldr x0, [x0, x1, lsl #3]
    0xb980_0400, // ldrsw x0, [x0, #4]
    0xa941_07e0, // ldp x0, x1, [sp, #16]
    0xf85f_8020, // ldur x0, [x1, #-8]
    0x9000_0000, // adrp x0, 0
    0x1000_0040, // adr x0, 60
    0x9100_4000, // add x0, x0, #0x10
    0x8b21_4800, // add x0, x0, w1, uxtw #2
    0xf100_0421, // subs x1, x1, #0x1
    0xcb01_0000, // sub x0, x0, x1
    0xf100_001f, // cmp x0, #0x0
    0x6b01_001f, // cmp w0, w1
    0xfa41_1004, // ccmp x0, x1, #0x4, ne
    0x9a81_0000, // csel x0, x0, x1, eq
    0x1a9f_07e0, // cset w0, ne
    0xda81_b000, // csinv x0, x0, x1, lt
    0x927c_2c00, // and x0, x0, #0xfff0
    0xaa01_0000, // orr x0, x0, x1
    0x5200_0000, // eor w0, w0, #0x1
    0x8a21_0000, // bic x0, x0, x1
    0xf240_0800, // ands x0, x0, #0x7
    0xd37d_f000, // lsl x0, x0, #3
    0x9ac1_2400, // lsr x0, x0, x1
    0x1302_7c00, // asr w0, w0, #2
    0x93c0_1c00, // ror x0, x0, #7
    0xd343_1c00, // ubfx x0, x0, #3, #5
    0x937f_fc00, // asr x0, x0, #63
    0xb37c_1c20, // bfi x0, x1, #4, #8
    0x93c1_4400, // extr x0, x0, x1, #17
    0x9b01_2000, // madd x0, x0, x1, x8
    0x9b21_2000, // smaddl x0, w0, w1, x8
    0x9bc1_7c00, // umulh x0, x0, x1
    0x9ac1_0800, // udiv x0, x0, x1
    0x1ac1_0c00, // sdiv w0, w0, w1
    0x9a01_0000, // adc x0, x0, x1
    0xdac0_1000, // clz x0, x0
    0xdac0_0c00, // rev x0, x0
    0xb400_0060, // cbz x0, e4
    0x35ff_ff81, // cbnz w1, cc
    0x3618_0040, // tbz w0, #3, e8
    0xb747_ffc0, // tbnz x0, #40, dc
    0x5400_0060, // b.eq f4
    0x54ff_ff41, // b.ne d4
    0x5400_004b, // b.lt f8
    0x1400_0004, // b 104
    0x17ff_fff9, // b dc
    0x9400_0006, // bl 114
    0x97ff_fff8, // bl e0
    0xd65f_03c0, // ret
    0xd61f_0000, // br x0
    0xd63f_0000, // blr x0
    0xd63f_0120, // blr x9
    0x6f00_e400, // movi v0.2d, #0x0
    0x4f00_0420, // movi v0.4s, #0x1
    0x4e08_0c00, // dup v0.2d, x0
    0x4e18_1c20, // mov v0.d[1], x1
    0x4e08_3c00, // mov x0, v0.d[0]
    0x9e67_0000, // fmov d0, x0
    0x9e66_0000, // fmov x0, d0
    0x4ec1_3800, // zip1 v0.2d, v0.2d, v1.2d
    0x3d80_0000, // str q0, [x0]
    0x3dc0_0000, // ldr q0, [x0]
    0xad00_0400, // stp q0, q1, [x0]
    0x4cdf_a000, // ld1 {v0.16b, v1.16b}, [x0], #32
    0x6e20_1c00, // eor v0.16b, v0.16b, v0.16b
    0xc85f_7c20, // ldxr x0, [x1]
    0xc802_7c20, // stxr w2, x0, [x1]
    0x88df_fc20, // ldar w0, [x1]
    0x889f_fc20, // stlr w0, [x1]
    0xd53b_d040, // mrs x0, tpidr_el0
    0xd53b_0020, // mrs x0, ctr_el0
    0xd400_0001, // svc #0x0
    0xd420_0020, // brk #0x1
    0x0000_0000, // udf #0
    0xd503_3bbf, // dmb ish
    0xd503_201f, // nop
    0xd503_233f, // paciasp
    0xd503_23bf, // autiasp
    0xd503_245f, // bti c
    0xf940_0129, // ldr x9, [x9, #0]
    0xf940_0529, // ldr x9, [x9, #8]
    0xf940_0929, // ldr x9, [x9, #16]
    0xf940_0d29, // ldr x9, [x9, #24]
    0xf940_1129, // ldr x9, [x9, #32]
    0xf940_1529, // ldr x9, [x9, #40]
    0xf940_1929, // ldr x9, [x9, #48]
    0xf940_1d29, // ldr x9, [x9, #56]
    0xf940_2129, // ldr x9, [x9, #64]
    0xf940_2529, // ldr x9, [x9, #72]
    0xf940_2929, // ldr x9, [x9, #80]
    0xf940_2d29, // ldr x9, [x9, #88]
    0xf940_3129, // ldr x9, [x9, #96]
    0xf940_3529, // ldr x9, [x9, #104]
    0xf940_3929, // ldr x9, [x9, #112]
    0xf940_3d29, // ldr x9, [x9, #120]
];
